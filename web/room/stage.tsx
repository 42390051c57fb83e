import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { toGrid } from './grid.ts';
import { TileView } from './tile.tsx';
import type { Tile } from './tiles.ts';

/** More would be too small to see; who speaks takes a place among them. */
const MAX_TILES = 16;

/** Between two tiles, in CSS pixels. */
const GAP = 10;

/** The tiles: alike in a grid, or small ones beside a shared screen. */
export function Stage({ tiles }: { readonly tiles: readonly Tile[] }) {
  const screens = tiles.filter(({ screen }) => screen);
  if (screens.length === 0) return <GridStage tiles={tiles} />;
  return (
    <div class="stage presenting">
      <GridStage tiles={screens} />
      <div class="strip">
        {tiles
          .filter(({ screen }) => !screen)
          .map((tile) => (
            <TileView key={tile.id} tile={tile} />
          ))}
      </div>
    </div>
  );
}

function GridStage({ tiles }: { readonly tiles: readonly Tile[] }) {
  const stage = useRef<HTMLDivElement>(null);
  const size = useSignal({ width: 0, height: 0 });
  useEffect(() => {
    if (!stage.current) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) size.value = { width: entry.contentRect.width, height: entry.contentRect.height };
    });
    observer.observe(stage.current);
    return () => observer.disconnect();
  }, [size]);
  const shown = choose(tiles);
  const grid = toGrid(shown.length, size.value.width, size.value.height, GAP);
  return (
    <div ref={stage} class="stage" style={`--gap: ${GAP}px`}>
      {size.value.width > 0 && (
        <div class="grid" style={`width: ${grid.columns * (grid.width + GAP) - GAP}px`}>
          {shown.map((tile) => (
            <TileView key={tile.id} tile={tile} style={`width: ${grid.width}px; height: ${grid.height}px`} />
          ))}
        </div>
      )}
      {tiles.length > shown.length && <p class="stage-more">and {tiles.length - shown.length} more</p>}
    </div>
  );
}

/** The first ones, in their order; whoever speaks beyond them replaces the last that are silent. */
function choose(tiles: readonly Tile[]): readonly Tile[] {
  if (tiles.length <= MAX_TILES) return tiles;
  const speaking = tiles.slice(MAX_TILES).filter(({ speaking: speaks }) => speaks);
  return [...tiles.slice(0, MAX_TILES - speaking.length), ...speaking].slice(0, MAX_TILES);
}
