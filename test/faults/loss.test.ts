import { expect, test } from 'vitest';
import { randomLoss } from './scenarios.ts';

test('with 10 % loss both ways and 100 ms RTT, video goes on without a freeze over 1 s, audio with less than 5 % made up', async () => {
  const { video, audio } = await randomLoss();
  expect(video.longestGapMs).toBeLessThan(1000);
  expect(audio.concealedShare).toBeLessThan(0.05);
});
