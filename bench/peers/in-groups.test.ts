import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inGroups } from './in-groups.ts';

test('does a step for each, in order, eight at a time at most', async () => {
  const items = Array.from({ length: 20 }, (_, at) => at);
  let [running, most] = [0, 0];
  const results = await inGroups(items, async (item) => {
    most = Math.max(most, ++running);
    await setImmediate();
    running--;
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => item * 2));
  expect(most).toBe(8);
});
