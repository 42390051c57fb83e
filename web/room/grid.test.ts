import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toGrid } from './grid.ts';

test.each([
  [1, 1, 1],
  [2, 2, 1],
  [3, 2, 2],
  [4, 2, 2],
  [5, 3, 2],
  [9, 3, 3],
  [16, 4, 4],
])('%i tiles on a wide screen stand in %i columns and %i rows', (count, columns, rows) => {
  expect(toGrid(count, 1600, 900, 12)).toMatchObject({ columns, rows });
});

test('two tiles on a phone stand one above the other', () => {
  expect(toGrid(2, 380, 640, 8)).toMatchObject({ columns: 1, rows: 2, width: 380 });
});

test('five tiles on a phone are narrower, and so larger', () => {
  expect(toGrid(5, 374, 706, 10)).toMatchObject({ columns: 2, rows: 3, width: 182, height: 182 });
});

test('a lone tile is as wide as a camera sees, and no wider', () => {
  expect(toGrid(1, 2000, 900, 10)).toMatchObject({ width: 1600, height: 900 });
});

test('no tile leaves the space that there is', () => {
  const size = fc.integer({ min: 0, max: 4000 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), size, size, fc.integer({ min: 0, max: 20 }), (count, w, h, gap) => {
      const { columns, rows, width, height } = toGrid(count, w, h, gap);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      if (width === 0) return;
      expect(columns * width + (columns - 1) * gap).toBeLessThanOrEqual(w);
      expect(rows * height + (rows - 1) * gap).toBeLessThanOrEqual(h);
    }),
  );
});
