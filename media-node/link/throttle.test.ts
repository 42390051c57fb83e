import { expect, test, vi } from 'vitest';
import { Throttle } from './throttle.ts';

test('a throttle acts at once, and once more for all that was asked within the interval', () => {
  vi.useFakeTimers();
  const act = vi.fn<() => void>();
  const throttle = new Throttle(500, act);
  for (let request = 0; request < 5; request += 1) throttle.request();
  expect(act).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(500);
  expect(act).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(act).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});
