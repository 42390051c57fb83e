import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LiveNode } from './live.ts';

/** Few, since these run all the time; `npm run bench -- fuzz` runs a million. */
const INPUTS = 1000;

test('a port with clients on it bears whatever comes, at each of its layers', async () => {
  await using node = await LiveNode.open();
  for (const target of node.targets) {
    expect(await node.fuzz(target, INPUTS, 1)).toEqual({ taken: INPUTS, refused: 0 });
  }
  const { taken } = await node.fuzzHandshakes(INPUTS, 1);
  expect(taken).toBeGreaterThanOrEqual(INPUTS);
  // A rejection that nobody waits for comes later, and fails the run.
  await setTimeout(50);
  expect(node.port.counters.garbage).toBeGreaterThan(100);
});
