import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../docs/aws');

test('what docs/aws tells to run is run by the Node that the project pins', () => {
  const pages = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const commands = pages.flatMap((page) => page.match(/\S* *\bnode \S+\.ts\b/g) ?? []);
  expect(commands.length).toBeGreaterThanOrEqual(3);
  for (const command of commands) expect(command).toContain('npx node');
});
