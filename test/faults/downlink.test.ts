import { expect, test } from 'vitest';
import { downlink } from './scenarios.ts';

test('when the downlink falls from 3 Mbit/s to 400 kbit/s and comes back, video goes on in a lower layer and returns to the top', async () => {
  const { video, audio, lowerAfterMs, topAfterMs } = await downlink();
  expect(lowerAfterMs).toBeLessThan(3000);
  // One second is the aim; a machine that is busy otherwise makes few frames, and those late.
  expect(video.longestGapMs).toBeLessThan(1500);
  expect(topAfterMs).toBeLessThan(10_000);
  expect(audio.concealedShare).toBeLessThan(0.05);
});
