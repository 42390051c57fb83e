import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { focus } from './focus.ts';

const coordinates = (count: number) => focus(count, 1280, 720).map(({ x, y, width, height }) => [x, y, width, height]);

test('whoever is alone has the whole picture', () => {
  expect(coordinates(0)).toEqual([]);
  expect(coordinates(1)).toEqual([[0, 0, 1280, 720]]);
});

test('the first is large, the others are beside it, in the middle of the height', () => {
  expect(coordinates(3)).toEqual([
    [0, 0, 960, 720],
    [960, 120, 320, 240],
    [960, 360, 320, 240],
  ]);
});

test('tiles are even, lie within the picture and do not overlap; of many, some are left out', () => {
  const size = fc.integer({ min: 45, max: 960 }).map((half) => half * 2);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), size, size, (count, width, height) => {
      const tiles = focus(count, width, height);
      expect(tiles.length).toBeLessThanOrEqual(count);
      for (const [i, tile] of tiles.entries()) {
        expect(Object.values(tile).every((value) => value >= 0 && value % 2 === 0)).toBe(true);
        expect(tile.width * tile.height).toBeGreaterThan(0);
        expect(tile.x + tile.width).toBeLessThanOrEqual(width);
        expect(tile.y + tile.height).toBeLessThanOrEqual(height);
        for (const other of tiles.slice(0, i)) {
          expect(other.x + other.width <= tile.x || other.y + other.height <= tile.y).toBe(true);
        }
      }
    }),
  );
});
