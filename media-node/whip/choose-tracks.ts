import type { MediaKind } from '@muon/contract/participant.ts';

interface Candidate {
  readonly identity: string;
  readonly kind: MediaKind;
}

/**
 * Whose tracks a player that takes one sound and one picture gets: of one participant, preferably of the one before, and
 * of one with a picture before one without. Best first, by kind.
 */
export function chooseTracks<Track extends Candidate>(
  tracks: readonly Track[],
  before: string | undefined,
): Readonly<Record<MediaKind, readonly Track[]>> {
  const publishers = [...new Set(tracks.map(({ identity }) => identity))];
  const withVideo = new Set(tracks.filter(({ kind }) => kind === 'video').map(({ identity }) => identity));
  const rank = (identity: string): number => (withVideo.has(identity) ? 2 : 0) + (identity === before ? 1 : 0);
  // Sorting keeps the order of those of one rank: who came first stays first.
  const [chosen] = publishers.toSorted((a, b) => rank(b) - rank(a));
  const of = (wanted: MediaKind): Track[] =>
    tracks.filter(({ identity, kind }) => identity === chosen && kind === wanted);
  return { audio: of('audio'), video: of('video') };
}
