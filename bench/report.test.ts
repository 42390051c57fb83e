import { expect, test } from 'vitest';
import { percentile } from './report.ts';

test('percentiles are values that were measured', () => {
  const samples = [5, 1, 4, 2, 3];
  expect(percentile(samples, 0.5)).toBe(3);
  expect(percentile(samples, 0.95)).toBe(5);
  expect(percentile([7], 0)).toBe(7);
});
