import { expect, test } from 'vitest';
import { jitter } from './scenarios.ts';

test('with 200 ms bursts, reordering and duplicates, nothing is decoded twice and little is asked for again', async () => {
  const figures = await jitter();
  // One packet in twenty is doubled: decoded twice, they would be 20 frames and more.
  expect(figures.framesDecoded).toBeGreaterThan(300);
  expect(figures.framesDecoded - figures.framesSent).toBeLessThan(10);
  expect(figures.doubledUp).toBeGreaterThan(50);
  expect(figures.replayed).toBeGreaterThanOrEqual(figures.doubledUp);
  // At most once for each packet that came late.
  expect(figures.nacksByNode + figures.nacksBySubscriber).toBeLessThan(figures.reordered);
  expect(figures.video.longestGapMs).toBeLessThan(1000);
});
