import { even, type Tile } from './grid.ts';

/** How much of the picture's width the first source has. */
const SHARE = 3 / 4;

/** Less than that, and nobody is told apart; the column shows no more than fit. */
const MIN_TILE_HEIGHT = 36;

/** The first of `count` sources is large, the others are in a column beside it; those that do not fit have no tile. */
export function focus(count: number, width: number, height: number): Tile[] {
  if (count === 0) return [];
  if (count === 1) return [{ x: 0, y: 0, width, height }];
  const large = { x: 0, y: 0, width: even(width * SHARE), height };
  const others = Math.min(count - 1, Math.max(1, Math.floor(height / MIN_TILE_HEIGHT)));
  const tile = { x: large.width, width: even(width - large.width), height: even(height / Math.max(others, 3)) };
  const top = even((height - others * tile.height) / 2);
  return [large, ...Array.from({ length: others }, (_, row) => ({ ...tile, y: top + row * tile.height }))];
}
