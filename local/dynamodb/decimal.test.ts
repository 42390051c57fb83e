import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addNumbers, canonicalNumber, compareNumbers } from './decimal.ts';

test.each([
  ['0', '0'],
  ['-0', '0'],
  ['007', '7'],
  ['1.50', '1.5'],
  ['.5', '0.5'],
  ['1e3', '1000'],
  ['-12.5E-3', '-0.0125'],
  ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
])('%s is kept as %s', (written, kept) => {
  expect(canonicalNumber(written)).toBe(kept);
});

test.each(['', 'x', '1.2.3', '--1', 'Infinity', 'NaN', '1e400', '1e-400', '1'.repeat(39)])(
  '%s is refused',
  (written) => {
    expect(() => canonicalNumber(written)).toThrow();
  },
);

describe('arithmetic', () => {
  test('is exact where floating point is not', () => {
    expect(addNumbers('0.1', '0.2', 1n)).toBe('0.3');
    expect(addNumbers('10000000000000000000000000000000000000', '1', 1n)).toBe(
      '10000000000000000000000000000000000001',
    );
    expect(addNumbers('1', '1.5', -1n)).toBe('-0.5');
  });

  test('agrees with whole numbers', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        expect(addNumbers(String(a), String(b), 1n)).toBe(String(BigInt(a) + BigInt(b)));
        expect(compareNumbers(String(a), String(b))).toBe(Math.sign(a - b) + 0);
      }),
    );
  });
});
