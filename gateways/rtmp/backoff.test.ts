import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

test('waits longer each time, up to a limit, until a life was long', () => {
  const backoff = new Backoff();
  expect(Array.from({ length: 7 }, () => backoff.next(10))).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000]);
  expect(backoff.next(60_000)).toBe(250);
  expect(backoff.attempts).toBe(1);
});
