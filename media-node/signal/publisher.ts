import type { MediaKind, TrackSource } from '@muon/contract/participant.ts';
import { API_CHANNEL_LABEL } from '@muon/contract/signal.ts';
import type { Connection } from '../io/connection.ts';
import type { DataChannel } from '../io/data-channel.ts';
import type { IncomingStats, Receiver } from '../io/receiver.ts';
import type { ForwardedCodec } from '../negotiation/codecs.ts';
import type { Seat } from '../rooms.ts';
import type { Forwarder, Track } from '../track.ts';
import { PublishedTrack } from './published-track.ts';

/** How many tracks one client may publish; further ones are not passed on. */
const MAX_TRACKS = 16;

/** Token characters of SDP (RFC 4566 section 9), of which a stream id is made (RFC 8830 section 2). */
const STREAM_ID = /^[\w!#$%&'*+.^`{|}~-]{1,64}$/;

/** What tracks of each kind can be; the first is what they are when nobody says. */
const sources = {
  audio: ['microphone', 'screen-audio', 'other'],
  video: ['camera', 'screen', 'other'],
} as const satisfies Record<MediaKind, readonly TrackSource[]>;

/** What a client says of a track that it offers. */
interface DescribedTrack {
  readonly source?: TrackSource | undefined;
  readonly name?: string | undefined;
  readonly muted?: boolean | undefined;
}

export interface PublisherOptions {
  readonly connection: Connection;
  readonly forwarder: Forwarder;
  /** Whether others would rather not be sent this codec. */
  readonly avoidedCodec?: (codec: ForwardedCodec) => boolean;
  /** One of the client's tracks is in the room. */
  readonly published: (track: Track, clientTrackId: string) => void;
  /** A track beyond the limit. */
  readonly exceeded: () => void;
  /** A message came over a data channel with this label. */
  readonly message: (label: string, data: string | Uint8Array) => void;
}

/** The connection on which a client sends its tracks: the client offers. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #connection: Connection;
  /** By mid. */
  readonly #tracks = new Map<string, PublishedTrack>();
  readonly #receivers = new Set<Receiver>();
  /** Streams that are not shown: the client is not in the room yet, or may not publish them. */
  readonly #waiting = new Set<Receiver>();
  /** The client's ids of its tracks, by ours. */
  readonly #clientTrackIds = new Map<string, string>();
  #described: ReadonlyMap<string, DescribedTrack> = new Map();
  #seat: Seat | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#connection.on('receiver', (receiver) => this.#add(receiver));
    this.#connection.on('receiverEnded', (receiver) => this.#remove(receiver));
    this.#connection.on('dataChannel', (channel) => this.#listen(channel));
  }

  /**
   * Answers the client's offer; `tracks` says what its tracks are, by their ids in the offer.
   *
   * @throws NegotiationError
   */
  answer(sdp: string, tracks: Readonly<Record<string, DescribedTrack>> = {}): Promise<string> {
    this.#described = new Map(Object.entries(tracks));
    return this.#connection.answer(sdp, this.#options.avoidedCodec);
  }

  /** Shows the client's tracks in its room from now on. */
  enter(seat: Seat): void {
    this.#seat = seat;
    this.#showWaiting();
  }

  /** Own tracks that the room knows. */
  get published(): { readonly trackId: string; readonly clientTrackId: string }[] {
    return [...this.#clientTrackIds].map(([trackId, clientTrackId]) => ({ trackId, clientTrackId }));
  }

  /** How the client's tracks come in, by our ids of them. */
  get incoming(): ReadonlyMap<string, IncomingStats> {
    const known = [...this.#tracks.values()].flatMap(({ track, stats }) => (stats ? [[track.id, stats] as const] : []));
    return new Map(known);
  }

  /** How its streams arrive, by the worst of them; nothing is known of one that does not flow. */
  get reception(): { readonly lossFraction: number | undefined; readonly rttMs: number | undefined } {
    const flowing = [...this.#receivers].flatMap(({ stats }) => (stats && stats.bitrateBps > 0 ? [stats] : []));
    return {
      lossFraction: worst(flowing.map((stats) => stats.lossFraction)),
      rttMs: worst(flowing.map((stats) => stats.rttMs)),
    };
  }

  /** Since anything came over its media path; undefined while there is none. */
  silentMs(nowMs: number): number | undefined {
    return this.#connection.silentMs(nowMs);
  }

  /** What the client may publish has changed: tracks that the room took away wait, and may be shown again. */
  review(): void {
    for (const [mid, { track }] of this.#tracks) {
      if (this.#seat?.participant.tracks.has(track.id)) continue;
      for (const receiver of this.#receivers) if (receiver.mid === mid) this.#hide(receiver);
    }
    this.#showWaiting();
  }

  close(): void {
    this.#connection.close();
  }

  #add(receiver: Receiver): void {
    this.#receivers.add(receiver);
    this.#waiting.add(receiver);
    this.#show(receiver);
  }

  #showWaiting(): void {
    for (const receiver of this.#waiting) this.#show(receiver);
  }

  #show(receiver: Receiver): void {
    const published = this.#tracks.get(receiver.mid) ?? (this.#seat && this.#publish(receiver, this.#seat));
    if (published && this.#waiting.delete(receiver)) published.add(receiver);
  }

  #hide(receiver: Receiver): void {
    const published = this.#tracks.get(receiver.mid);
    published?.remove(receiver);
    this.#waiting.add(receiver);
    if (!published?.ended) return;
    this.#tracks.delete(receiver.mid);
    this.#clientTrackIds.delete(published.track.id);
    this.#seat?.room.unpublish(published.track);
  }

  #publish(receiver: Receiver, { room, participant }: Seat): PublishedTrack | undefined {
    const { mid, kind, codec, msid } = receiver;
    const { source: told, name, muted } = this.#described.get(msid.trackId) ?? {};
    const source = sourceOf(kind, told);
    if (!participant.mayPublish(source)) return undefined;
    if (this.#tracks.size >= MAX_TRACKS) {
      this.#options.exceeded();
      return undefined;
    }
    const track = room.publish(participant, {
      kind,
      source,
      ...(name === undefined ? {} : { name }),
      muted: muted ?? false,
      codec,
      streamId: this.#streamId(msid.streamId),
      forwarder: this.#options.forwarder,
      requestKeyframe: (encoding) => this.#tracks.get(mid)?.requestKeyframe(encoding),
    });
    const published = new PublishedTrack(track);
    this.#tracks.set(mid, published);
    this.#clientTrackIds.set(track.id, msid.trackId);
    this.#options.published(track, msid.trackId);
    return published;
  }

  #remove(receiver: Receiver): void {
    this.#hide(receiver);
    this.#waiting.delete(receiver);
    this.#receivers.delete(receiver);
  }

  /** The client's own id of a stream, unless it is of no use or somebody else's. */
  #streamId(wanted: string): string {
    const { room, participant } = this.#seat!;
    const taken = [...room.tracks].some(
      ({ streamId, identity }) => streamId === wanted && identity !== participant.identity,
    );
    return STREAM_ID.test(wanted) && wanted !== '-' && !taken ? wanted : participant.streamId;
  }

  #listen(channel: DataChannel): void {
    // Clients of ion-sfu open one with the label of the API channel and leave it unused.
    if (channel.label === API_CHANNEL_LABEL) return;
    channel.on('message', (data) => this.#options.message(channel.label, data));
  }
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** What a track is: as the client says, where that goes with its kind. */
function sourceOf(kind: MediaKind, told: TrackSource | undefined): TrackSource {
  const [usual, ...others] = sources[kind];
  return others.find((source) => source === told) ?? usual;
}
