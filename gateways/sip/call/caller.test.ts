import { expect, test } from 'vitest';
import { toDisplayName, toRoom } from './caller.ts';

test.each([
  ['algebra-101', 'algebra-101'],
  ['Algebra-101', 'algebra-101'],
  ['rm_01hq3v9t5x8w2k6m4n7p0r1s2y', 'rm_01hq3v9t5x8w2k6m4n7p0r1s2y'],
  ['+15551234', undefined],
  ['-', undefined],
  ['', undefined],
  ['a'.repeat(65), undefined],
])('%s is the room %s', (user, room) => {
  expect(toRoom(user)).toBe(room);
});

test.each([
  ['+4930123467', 'Phone …67'],
  ['(555) 123-4599', 'Phone …99'],
  ['112', 'Phone'],
  ['alice', 'Phone'],
  ['', 'Phone'],
])('%s is shown as %s', (user, name) => {
  expect(toDisplayName(user)).toBe(name);
});
