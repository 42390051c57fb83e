import { expect, test } from 'vitest';
import { percentile, toTable } from './report.ts';

test('percentiles are values that were measured', () => {
  const samples = [5, 1, 4, 2, 3];
  expect(percentile(samples, 0.5)).toBe(3);
  expect(percentile(samples, 0.95)).toBe(5);
  expect(percentile([7], 0)).toBe(7);
});

test('a table has a line for each figure, or of several things, for each thing', () => {
  expect(toTable({ cores: 2 })).toBe('  cores                   2');
  expect(
    toTable([
      { peer: 'Muon', us: 4 },
      { peer: 'other', us: 123 },
    ]),
  ).toBe(['  peer   us', '  Muon   4', '  other  123'].join('\n'));
});
