import { describe, expect, test } from 'vitest';
import { Refusal } from '../domain/refusal.ts';
import { RateLimit } from './rate-limit.ts';

/** Of so many requests at once, how many are let through. */
function passed(limit: RateLimit, caller: string, count: number, nowMs: number): number {
  return Array.from({ length: count }, () => {
    try {
      limit.take(caller, nowMs);
      return 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'rate-limited' });
      return 0;
    }
  }).reduce((sum: number, one) => sum + one, 0);
}

describe('a caller', () => {
  test('has a burst, then a rate', () => {
    const limit = new RateLimit({ perSecond: 10, burst: 20 });
    expect(passed(limit, 'a', 100, 0)).toBe(20);
    expect(passed(limit, 'a', 100, 1000)).toBe(10);
    expect(passed(limit, 'a', 100, 61_000)).toBe(20);
  });

  test('takes nothing from another', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 5 });
    expect(passed(limit, 'a', 100, 0)).toBe(5);
    expect(passed(limit, 'b', 100, 0)).toBe(5);
  });

  test('is told when to come again, and has a place then', () => {
    const limit = new RateLimit({ perSecond: 0.5, burst: 1 });
    limit.take('a', 0);
    let refusal: unknown;
    try {
      limit.take('a', 500);
    } catch (error) {
      refusal = error;
    }
    expect((refusal as Refusal).retryAfterSeconds).toBe(2);
    expect(passed(limit, 'a', 1, 2500)).toBe(1);
  });

  test('gains nothing by a clock that goes back', () => {
    const limit = new RateLimit({ perSecond: 10, burst: 10 });
    expect(passed(limit, 'a', 10, 5000)).toBe(10);
    expect(passed(limit, 'a', 10, 0)).toBe(0);
  });
});

test('however many callers there are, no more than the latest are remembered', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1 });
  limit.take('first', 0);
  for (let index = 0; index < 9999; index += 1) limit.take(`caller ${index}`, 0);
  expect(passed(limit, 'first', 1, 0)).toBe(0);
  for (let index = 0; index < 10_000; index += 1) limit.take(`other ${index}`, 0);
  expect(passed(limit, 'first', 1, 0)).toBe(1);
});
