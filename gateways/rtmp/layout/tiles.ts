import type { Participant } from '@muon/contract/participant.ts';

/** What is shown in one tile: a video track, or nobody's picture. */
export interface TileSource {
  readonly identity: string;
  /** Absent: a plain tile. */
  readonly trackId?: string;
}

/**
 * Who is in the picture, in the order in which they came: each video that is on has a tile; whoever only speaks has a
 * plain one; whoever sends nothing has none.
 */
export function tileSources(participants: Iterable<Participant>): TileSource[] {
  return [...participants].flatMap(({ identity, tracks }): TileSource[] => {
    const videos = tracks.filter(({ kind, muted }) => kind === 'video' && !muted);
    if (videos.length > 0) return videos.map(({ id }) => ({ identity, trackId: id }));
    return tracks.length > 0 ? [{ identity }] : [];
  });
}
