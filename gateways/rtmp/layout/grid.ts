/** A rectangle of the picture in pixels; all four numbers are even, as 4:2:0 needs it. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Equal tiles for `count` sources, row by row; a last row that is not full is centred. */
export function grid(count: number, width: number, height: number): Tile[] {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const tile = { width: even(width / columns), height: even(height / rows) };
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = even((width - inRow * tile.width) / 2);
    return { x: left + (i % columns) * tile.width, y: row * tile.height, ...tile };
  });
}

/** Where a source of `width` to `height` lies within a tile: as large as fits, centred, not distorted. */
export function fit(tile: Tile, width: number, height: number): Tile {
  const scale = Math.min(tile.width / width, tile.height / height);
  const fitted = { width: Math.max(2, even(width * scale)), height: Math.max(2, even(height * scale)) };
  return {
    x: tile.x + even((tile.width - fitted.width) / 2),
    y: tile.y + even((tile.height - fitted.height) / 2),
    ...fitted,
  };
}

/** The next even number of pixels below. */
export function even(pixels: number): number {
  // A hair is added since a third of three thirds may come out just below a whole number.
  return Math.floor((pixels + 1e-6) / 2) * 2;
}
