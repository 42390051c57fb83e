import { expect, test } from 'vitest';
import { simulcastRank } from './simulcast-rank.ts';

test.each([
  ['known names, in any order', ['f', 'q', 'h'], [2, 0, 1]],
  ['a part of them', ['h', 'f'], [1, 2]],
  ['numbers', ['0', '1', '2'], [0, 1, 2]],
  ['names of their own', ['thumb', 'full'], [0, 1]],
  ['a known name among others', ['x', 'low'], [0, 1]],
])('encodings with %s are ranked', (_, rids, ranks) => {
  expect(rids.map((rid) => simulcastRank(rid, rids))).toEqual(ranks);
});

test('the only encoding is the lowest', () => {
  expect(simulcastRank(undefined, [])).toBe(0);
});
