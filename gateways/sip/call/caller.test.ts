import { expect, test } from 'vitest';
import { toCaller, toDialled, toDisplayName } from './caller.ts';

test.each([
  ['algebra-101', 'algebra-101'],
  ['Algebra-101', 'algebra-101'],
  ['rm_01hq3v9t5x8w2k6m4n7p0r1s2y', 'rm_01hq3v9t5x8w2k6m4n7p0r1s2y'],
  ['+15551234', '+15551234'],
  ['-', undefined],
  ['', undefined],
  ['a'.repeat(65), undefined],
])('%s asks for %s', (user, dialled) => {
  expect(toDialled(user)).toBe(dialled);
});

test.each([
  ['+49 (30) 123467', '+4930123467'],
  ['alice', 'alice'],
  ['"; drop', undefined],
  ['', undefined],
])('the number of the caller %s is %s', (user, caller) => {
  expect(toCaller(user)).toBe(caller);
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
