import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fit, grid } from './grid.ts';

test.each([
  [0, []],
  [1, [[0, 0, 1280, 720]]],
  [
    2,
    [
      [0, 0, 640, 720],
      [640, 0, 640, 720],
    ],
  ],
  [
    3,
    [
      [0, 0, 640, 360],
      [640, 0, 640, 360],
      [320, 360, 640, 360],
    ],
  ],
])('%i sources share the picture', (count, tiles) => {
  expect(grid(count, 1280, 720).map(({ x, y, width, height }) => [x, y, width, height])).toEqual(tiles);
});

test('a third of the width is a third', () => {
  expect(grid(9, 1920, 1080)[8]).toEqual({ x: 1280, y: 720, width: 640, height: 360 });
});

test('tiles are even, lie within the picture and do not overlap', () => {
  const size = fc.integer({ min: 45, max: 960 }).map((half) => half * 2);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), size, size, (count, width, height) => {
      const tiles = grid(count, width, height);
      for (const [i, tile] of tiles.entries()) {
        expect(Object.values(tile).every((value) => value >= 0 && value % 2 === 0)).toBe(true);
        expect(tile.x + tile.width).toBeLessThanOrEqual(width);
        expect(tile.y + tile.height).toBeLessThanOrEqual(height);
        for (const other of tiles.slice(0, i)) {
          const apart =
            other.x + other.width <= tile.x || tile.x + tile.width <= other.x || other.y + other.height <= tile.y;
          expect(apart).toBe(true);
        }
      }
    }),
  );
});

const tile = { x: 100, y: 50, width: 640, height: 360 };

test.each([
  ['of the same shape', 1280, 720, { x: 100, y: 50, width: 640, height: 360 }],
  ['upright', 360, 640, { x: 318, y: 50, width: 202, height: 360 }],
  ['wide', 1000, 100, { x: 100, y: 198, width: 640, height: 64 }],
  ['hardly there', 4000, 1, { x: 100, y: 228, width: 640, height: 2 }],
])('a source that is %s is fitted without distortion', (_, width, height, expected) => {
  expect(fit(tile, width, height)).toEqual(expected);
});
