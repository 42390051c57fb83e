import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LogFile } from './log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'muon-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a log keeps its latest lines within its bound, over restarts too', () => {
  const path = join(folder, 'part.log');
  for (let start = 0; start < 3; start++) {
    const log = new LogFile(path, 100);
    for (let line = 0; line < 10; line++) log.write(`start ${start}, line ${line}`);
    log.close();
  }
  const [before, now] = [readFileSync(`${path}.1`, 'utf8'), readFileSync(path, 'utf8')];
  expect(before.length).toBeLessThanOrEqual(100);
  expect(now.length).toBeLessThanOrEqual(100);
  expect(now).toMatch(/start 2, line 9\n$/);
});
