import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hueOf, initialsOf } from './avatar.tsx';

test.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Jean-Luc M. Picard', 'JP'],
  ['李 小龙', '李小'],
  ['  ', ''],
  ['+49 30 1234', '+1'],
])('%s has the initials %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test('every name has a hue, and always the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      expect(hueOf(name)).toBeGreaterThanOrEqual(0);
      expect(hueOf(name)).toBeLessThanOrEqual(360);
      expect(hueOf(name)).toBe(hueOf(name));
    }),
  );
});
