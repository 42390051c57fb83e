/** Cameras see 16:9; a tile may be up to this much narrower or wider. */
const ASPECT = 16 / 9;

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** Size of a tile in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** The grid in which `count` tiles of 16:9 are largest within `width` by `height`, `gap` apart. */
export function toGrid(count: number, width: number, height: number, gap: number): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count), width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const widest = (width - gap * (columns - 1)) / columns;
    const highest = (height - gap * (rows - 1)) / rows;
    const tileWidth = Math.floor(Math.max(0, Math.min(widest, highest * ASPECT)));
    if (tileWidth > best.width) best = { columns, rows, width: tileWidth, height: Math.floor(tileWidth / ASPECT) };
  }
  return best;
}
