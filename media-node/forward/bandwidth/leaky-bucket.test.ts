import { expect, test } from 'vitest';
import { LeakyBucket } from './leaky-bucket.ts';

/** How many packets go out within a second, when there is always one more. */
function sentInASecond(rateBps: number): number {
  const bucket = new LeakyBucket();
  let sent = 0;
  for (let nowMs = 0; nowMs < 1000; nowMs += 10) {
    bucket.drain(rateBps, nowMs);
    for (let i = 0; i < 1000 && !bucket.full; i++, sent++) bucket.add(1000);
  }
  return sent;
}

test('the rate is kept in the long run, and a burst goes out at once', () => {
  expect(sentInASecond(8_000_000)).toBeGreaterThan(1000);
  expect(sentInASecond(8_000_000)).toBeLessThan(1050);
  expect(sentInASecond(0)).toBe(7);
});

test('without a limit nothing waits', () => {
  expect(sentInASecond(Infinity)).toBe(100_000);
});
