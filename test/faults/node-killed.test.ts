import { expect, test } from 'vitest';
import { nodeKilled } from './scenarios.ts';

test('when the node is killed, everybody joins again by themselves and sees video within 10 s', async () => {
  const { awayMs } = await nodeKilled();
  expect(awayMs).toHaveLength(2);
  expect(Math.max(...awayMs)).toBeLessThan(10_000);
});
