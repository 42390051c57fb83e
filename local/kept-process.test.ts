import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { KeptProcess } from './kept-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'muon-kept-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'part.mjs');
writeFileSync(file, `process.send({ type: 'ready' }); setInterval(() => {}, 1000);`);

test('a process that is killed is started again, one that is closed is not', async () => {
  const part = new KeptProcess({ name: 'part', file, env: process.env });
  part.start();
  await once(part, 'ready');
  const first = part.pid!;
  process.kill(first, 'SIGKILL');
  await once(part, 'died');
  await once(part, 'ready');
  const second = part.pid!;
  expect(second).not.toBe(first);
  await part.close();
  expect(() => process.kill(second, 0)).toThrow();
});
