/** Cameras see 16:9; a tile may be narrower, since faces are in the middle: more so on a phone held upright. */
const WIDEST = 16 / 9;
const NARROWEST = { landscape: 4 / 3, portrait: 1 };

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** Size of a tile in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** The grid in which `count` tiles are largest within `width` by `height`, `gap` apart. */
export function toGrid(count: number, width: number, height: number, gap: number): Grid {
  const narrowest = width < height ? NARROWEST.portrait : NARROWEST.landscape;
  let best: Grid = { columns: 1, rows: Math.max(1, count), width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tile = fit((width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows, narrowest);
    if (tile.width * tile.height > best.width * best.height) best = { columns, rows, ...tile };
  }
  return best;
}

/** The largest tile in a cell. */
function fit(width: number, height: number, narrowest: number): { width: number; height: number } {
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  const aspect = Math.min(WIDEST, Math.max(narrowest, width / height));
  return { width: Math.floor(Math.min(width, height * aspect)), height: Math.floor(Math.min(height, width / aspect)) };
}
