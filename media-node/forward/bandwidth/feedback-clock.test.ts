import { expect, test } from 'vitest';
import { FeedbackClock } from './feedback-clock.ts';

test('reference times go on past their wrap, and a little back', () => {
  const clock = new FeedbackClock();
  const step = 64_000;
  const last = (2 ** 24 - 1) * step;
  expect([last - step, last, 0, last, step].map((us) => clock.unwrap(us))).toEqual([
    last - step,
    last,
    last + step,
    last,
    last + 2 * step,
  ]);
});
