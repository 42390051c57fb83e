import { expect, test } from 'vitest';
import { signalCut } from './scenarios.ts';

test('when WebSockets are cut for 20 s, media never stops, and everybody learns afterwards who came and went', async () => {
  const { longestGapMs, concealedShare, resyncedMs, joins } = await signalCut(20);
  expect(Math.max(...longestGapMs)).toBeLessThan(1000);
  expect(Math.max(...concealedShare)).toBeLessThan(0.05);
  expect(resyncedMs).toBeLessThan(10_000);
  // The sessions went on.
  expect(joins).toBe(0);
});
