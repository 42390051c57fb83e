import { expect, test } from 'vitest';
import { Access } from './access.ts';

test('a program is given to who shows one of its tokens, and to nobody else', () => {
  const access = new Access();
  access.set('eg_a', ['one', 'two']);
  expect(access.admits('eg_a', 'one')).toBe(true);
  expect(access.admits('eg_a', 'two')).toBe(true);
  for (const token of ['', 'onetwo', 'ONE', 'three']) expect(access.admits('eg_a', token)).toBe(false);
  expect(access.admits('eg_b', 'one')).toBe(false);
  access.delete('eg_a');
  expect(access.admits('eg_a', 'one')).toBe(false);
});
