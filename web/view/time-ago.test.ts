import { expect, test } from 'vitest';
import { timeAgo } from './time-ago.ts';

test.each([
  [0, 'just now'],
  [59_000, 'just now'],
  [60_000, '1 minute ago'],
  [3 * 3_600_000, '3 hours ago'],
  [86_400_000, 'yesterday'],
  [-5000, 'just now'],
])('%i ms ago is %s', (elapsedMs, words) => {
  const now = new Date('2026-01-31T09:30:00Z');
  expect(timeAgo(new Date(now.getTime() - elapsedMs), now)).toBe(words);
});
