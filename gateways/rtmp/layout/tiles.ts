import type { Participant } from '@muon/contract/participant.ts';

/** What is shown in one tile: a video track, or nobody's picture. */
export interface TileSource {
  readonly identity: string;
  /** Absent: a plain tile. */
  readonly trackId?: string;
  /** Shows a screen. */
  readonly screen?: boolean;
}

/**
 * Who is in the picture, in the order in which they came: each video that is on has a tile; whoever only speaks has a
 * plain one; whoever sends nothing has none.
 */
export function tileSources(participants: Iterable<Participant>): TileSource[] {
  return [...participants].flatMap(({ identity, tracks }): TileSource[] => {
    const toTileSource = ({ id, source }: Participant['tracks'][number]): TileSource => ({
      identity,
      trackId: id,
      ...(source === 'screen' ? { screen: true } : {}),
    });
    const videos = tracks.filter(({ kind, muted }) => kind === 'video' && !muted);
    if (videos.length > 0) return videos.map(toTileSource);
    return tracks.length > 0 ? [{ identity }] : [];
  });
}

/** With screens before all else, as a layout needs it that shows the first larger than the others. */
export function screensFirst(sources: readonly TileSource[]): TileSource[] {
  return sources.toSorted((a, b) => Number(b.screen ?? false) - Number(a.screen ?? false));
}
