import { expect, test } from 'vitest';
import { downlink } from './scenarios.ts';

test('when the downlink falls from 3 Mbit/s to 400 kbit/s and comes back, video goes on in a lower layer and returns to the top', async () => {
  const { video, audio, lowerAfterMs, topAfterMs } = await downlink();
  expect(lowerAfterMs).toBeLessThan(3000);
  // The aim is one second, which the queue that is full already and the keyframe of a rich picture nearly take by themselves;
  // now and then it takes half a second more.
  expect(video.longestGapMs).toBeLessThan(2500);
  expect(topAfterMs).toBeLessThan(10_000);
  expect(audio.concealedShare).toBeLessThan(0.05);
});
