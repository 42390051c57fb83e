import { expect, test } from 'vitest';
import { Bans } from './bans.ts';

const banned = (retryAfterSeconds: number) =>
  expect.objectContaining({ code: 'participant-banned', retryAfterSeconds });

test('a ban holds for its time, for one identity and one room', () => {
  const bans = new Bans();
  bans.ban('rm_a', 'ada', 60, 1000);
  expect(() => bans.check('rm_a', 'ada', 1000)).toThrow(banned(60));
  expect(() => bans.check('rm_a', 'ada', 60_999)).toThrow(banned(1));
  bans.check('rm_a', 'ada', 61_000);
  bans.check('rm_a', 'bob', 1000);
  bans.check('rm_b', 'ada', 1000);
});

test('a later ban takes the place of an earlier one', () => {
  const bans = new Bans();
  bans.ban('rm_a', 'ada', 3600, 0);
  bans.ban('rm_a', 'ada', 1, 0);
  bans.check('rm_a', 'ada', 1000);
});

test('those that have ended are forgotten, and of too many the one that ends first', () => {
  const bans = new Bans();
  bans.ban('rm_a', 'first', 1, 0);
  bans.ban('rm_a', 'ada', 60, 2000);
  expect(bans.size).toBe(1);
  for (let i = 0; i < 10_000; i++) bans.ban('rm_b', `p${i}`, 3600, 2000);
  expect(bans.size).toBe(10_000);
  bans.check('rm_a', 'ada', 2000);
  expect(() => bans.check('rm_b', 'p0', 2000)).toThrow(banned(3600));
});
