import { expect, test } from 'vitest';
import { tcpDownlink } from './tcp-downlink.ts';

test('over TCP alone, when the downlink falls from 3 Mbit/s to 400 kbit/s and comes back, sound does not wait behind pictures', async () => {
  const { video, audio, lowerAfterMs, topAfterMs, longestSoundDelayMs, tcpConnections } = await tcpDownlink();
  expect(tcpConnections).toBeGreaterThan(0);
  expect(lowerAfterMs).toBeLessThan(3000);
  expect(video.longestGapMs).toBeLessThan(2500);
  expect(topAfterMs).toBeLessThan(10_000);
  expect(audio.concealedShare).toBeLessThan(0.05);
  expect(longestSoundDelayMs).toBeLessThan(1000);
});
