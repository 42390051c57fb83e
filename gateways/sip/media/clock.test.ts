import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FrameClock } from './clock.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

test('a frame comes every 20 ms, for as long as somebody listens', () => {
  const clock = new FrameClock();
  let frames = 0;
  const unsubscribe = clock.subscribe(() => frames++);
  vi.advanceTimersByTime(1000);
  expect(frames).toBe(50);
  unsubscribe();
  vi.advanceTimersByTime(1000);
  expect(frames).toBe(50);
  expect(vi.getTimerCount()).toBe(0);
});

test('a listener that comes after a rest gets its frames too', () => {
  const clock = new FrameClock();
  clock.subscribe(() => {})();
  vi.advanceTimersByTime(500);
  let frames = 0;
  clock.subscribe(() => frames++);
  vi.advanceTimersByTime(200);
  expect(frames).toBe(10);
});
