import type { EgressAssignment } from '@muon/contract/internal.ts';
import { fit, grid, type Tile } from '../layout/grid.ts';
import { focus } from '../layout/focus.ts';
import { screensFirst, type TileSource } from '../layout/tiles.ts';
import type { Canvas, Colour } from './canvas.ts';
import type { VideoInput } from './video-input.ts';

/** Behind everything: nearly black, a little blue. */
const BACKGROUND: Colour = [24, 132, 126];

/** Plain tiles, told apart by who they stand for. */
const TILE_COLOURS: readonly Colour[] = [
  [58, 146, 118],
  [58, 122, 142],
  [62, 116, 120],
  [58, 138, 136],
  [64, 128, 124],
];

type Layout = EgressAssignment['layout'];

interface PlacedTile {
  readonly source: TileSource;
  readonly tile: Tile;
  /** Size of the source when it was drawn last. */
  drawn: { readonly width: number; readonly height: number } | undefined;
  plain: boolean;
}

/** Keeps the canvas showing what the layout asks for; a tile is painted again only when it changed. */
export class Composer {
  readonly #canvas: Canvas;
  #layout: Layout;
  #sources: readonly TileSource[] = [];
  #tiles: PlacedTile[] = [];

  constructor(canvas: Canvas, layout: Layout) {
    this.#canvas = canvas;
    this.#layout = layout;
    this.arrange([]);
  }

  setLayout(layout: Layout): void {
    this.#layout = layout;
    this.arrange(this.#sources);
  }

  /** Lays the picture out anew. */
  arrange(sources: readonly TileSource[]): void {
    const { width, height } = this.#canvas;
    this.#sources = sources;
    const ordered = this.#layout === 'focus' ? screensFirst(sources) : sources;
    const tiles = (this.#layout === 'focus' ? focus : grid)(sources.length, width, height);
    this.#tiles = tiles.map((tile, i) => ({ source: ordered[i]!, tile, drawn: undefined, plain: false }));
    this.#canvas.paint({ x: 0, y: 0, width, height }, BACKGROUND);
  }

  /** Brings the canvas up to date with the videos, by track. */
  compose(videos: ReadonlyMap<string, VideoInput>, nowMs: number): void {
    const changed = new Set<VideoInput>();
    for (const video of videos.values()) if (video.advance(nowMs)) changed.add(video);
    for (const placed of this.#tiles) {
      const video = placed.source.trackId === undefined ? undefined : videos.get(placed.source.trackId);
      if (video?.size) this.#show(placed, video, video.size, changed.has(video));
      else if (!placed.plain) this.#showPlain(placed);
    }
  }

  #show(placed: PlacedTile, video: VideoInput, size: { width: number; height: number }, changed: boolean): void {
    const resized = placed.drawn?.width !== size.width || placed.drawn.height !== size.height;
    if (!changed && !resized) return;
    const place = fit(placed.tile, size.width, size.height);
    const picture = video.draw(place.width, place.height);
    if (!picture) return;
    if (resized) this.#canvas.paint(placed.tile, BACKGROUND);
    this.#canvas.draw(place, picture);
    placed.drawn = size;
    placed.plain = false;
  }

  #showPlain(placed: PlacedTile): void {
    this.#canvas.paint(placed.tile, colourOf(placed.source.identity));
    placed.drawn = undefined;
    placed.plain = true;
  }
}

function colourOf(identity: string): Colour {
  const sum = Array.from(identity, (letter) => letter.codePointAt(0)!).reduce((total, code) => total + code, 0);
  return TILE_COLOURS[sum % TILE_COLOURS.length]!;
}
