import type { RemoteParticipant } from '@muon/client/room-events.ts';
import type { MediaKind, Participant, TrackSource } from '@muon/contract/participant.ts';

/** Somebody's picture, or a screen that somebody shows. */
export interface Tile {
  readonly id: string;
  readonly identity: string;
  readonly name: string;
  readonly kind: Participant['kind'];
  readonly own: boolean;
  readonly screen: boolean;
  /** Absent while there is none to show. */
  readonly video: MediaStreamTrack | undefined;
  /** Whether nothing is heard of them. */
  readonly muted: boolean;
  readonly speaking: boolean;
}

/** A track as far as tiles care, be it one's own or another's. */
interface TileTrack {
  readonly id?: string;
  readonly source: TrackSource;
  readonly kind: MediaKind;
  readonly muted: boolean;
  readonly media: MediaStreamTrack | undefined;
}

/** Oneself. */
export interface Self {
  readonly identity: string;
  readonly name: string;
  readonly tracks: readonly TileTrack[];
}

/** Everybody's tiles, one's own first; a broadcast watches and is not shown. */
export function toTiles(self: Self, others: readonly RemoteParticipant[], speakers: readonly string[]): Tile[] {
  const shown = others.filter(({ kind }) => kind !== 'egress');
  return [
    ...tilesOf({ ...self, kind: 'standard' }, true, speakers),
    ...shown.flatMap((other) => tilesOf(other, false, speakers)),
  ];
}

function tilesOf(
  { identity, name, kind, tracks }: Self & Pick<Participant, 'kind'>,
  own: boolean,
  speakers: readonly string[],
): Tile[] {
  const muted = !tracks.some((track) => track.kind === 'audio' && track.source !== 'screen-audio' && !track.muted);
  const camera = tracks.find((track) => track.kind === 'video' && track.source !== 'screen' && !track.muted);
  const common = { identity, name, kind, own };
  const speaking = !muted && speakers.includes(identity);
  const screens = tracks.filter(({ source, media }) => source === 'screen' && media);
  return [
    { id: identity, ...common, screen: false, video: camera?.media, muted, speaking },
    ...screens.map(({ media }) => ({
      id: `${identity} screen`,
      ...common,
      screen: true,
      video: media,
      muted: false,
      speaking: false,
    })),
  ];
}
