import { describe, expect, test } from 'vitest';
import { Backpressure } from './backpressure.ts';

const MB = 1024 * 1024;

describe('a link that is slow', () => {
  test('falls behind once, and catches up only when almost nothing waits', () => {
    const backpressure = new Backpressure();
    expect(backpressure.update(0.9 * MB, 0)).toBeUndefined();
    expect(backpressure.update(1.1 * MB, 1)).toBe('fellBehind');
    expect(backpressure.update(0.5 * MB, 2)).toBeUndefined();
    expect(backpressure.behind).toBe(true);
    expect(backpressure.update(0, 3)).toBe('caughtUp');
    expect(backpressure.behind).toBe(false);
  });

  test('is hopeless when too much waits, or for too long', () => {
    expect(new Backpressure().update(9 * MB, 0)).toBe('hopeless');
    const backpressure = new Backpressure();
    backpressure.update(2 * MB, 0);
    expect(backpressure.update(2 * MB, 9_999)).toBeUndefined();
    expect(backpressure.update(2 * MB, 10_000)).toBe('hopeless');
  });
});
