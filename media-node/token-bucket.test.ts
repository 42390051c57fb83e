import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('a token bucket lets a burst through, then the rate, and never saves more than a burst', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  const take = (count: number, nowMs: number) =>
    Array.from({ length: count }, () => bucket.take(nowMs)).filter(Boolean);
  expect(take(5, 0)).toHaveLength(3);
  expect(take(5, 100)).toHaveLength(1);
  expect(take(5, 60_000)).toHaveLength(3);
});
