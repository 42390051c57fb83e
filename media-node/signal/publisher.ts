import type { TrackSource } from '@muon/contract/participant.ts';
import { API_CHANNEL_LABEL } from '@muon/contract/signal.ts';
import type { Connection } from '../io/connection.ts';
import type { DataChannel } from '../io/data-channel.ts';
import type { Receiver } from '../io/receiver.ts';
import type { Seat } from '../rooms.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { Forwarder, Track } from '../track.ts';
import { PublishedTrack } from './published-track.ts';

/** How many tracks one client may publish; further ones are not passed on. */
const MAX_TRACKS = 16;

/** What one client may send to the others over data channels. */
const MESSAGE_RATE = { perSecond: 100, burst: 200 };
const MAX_MESSAGE_BYTES = 64 * 1024;

/** Token characters of SDP (RFC 4566 section 9), of which a stream id is made (RFC 8830 section 2). */
const STREAM_ID = /^[\w!#$%&'*+.^`{|}~-]{1,64}$/;

/** What a client says of a track that it offers. */
interface DescribedTrack {
  readonly source?: TrackSource | undefined;
  readonly name?: string | undefined;
  readonly muted?: boolean | undefined;
}

export interface PublisherOptions {
  readonly connection: Connection;
  readonly forwarder: Forwarder;
  /** One of the client's tracks is in the room. */
  readonly published: (track: Track, clientTrackId: string) => void;
  /** A message or track beyond the limits. */
  readonly exceeded: (what: 'tracks' | 'messages') => void;
}

/** The connection on which a client sends its tracks: the client offers. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #connection: Connection;
  /** By mid. */
  readonly #tracks = new Map<string, PublishedTrack>();
  readonly #messages = new TokenBucket(MESSAGE_RATE, performance.now());
  /** Streams that were known before the client was in the room. */
  readonly #early = new Set<Receiver>();
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
    return this.#connection.answer(sdp);
  }

  /** Shows the client's tracks in its room from now on. */
  enter(seat: Seat): void {
    this.#seat = seat;
    for (const receiver of this.#early) this.#add(receiver);
    this.#early.clear();
  }

  /** A track that this client publishes. */
  track(id: string): Track | undefined {
    return this.#seat?.participant.tracks.get(id);
  }

  close(): void {
    this.#connection.close();
  }

  #add(receiver: Receiver): void {
    if (!this.#seat) return void this.#early.add(receiver);
    const published = this.#tracks.get(receiver.mid) ?? this.#publish(receiver, this.#seat);
    published?.add(receiver);
  }

  #publish(receiver: Receiver, { room, participant }: Seat): PublishedTrack | undefined {
    if (!participant.mayPublish) return undefined;
    if (this.#tracks.size >= MAX_TRACKS) {
      this.#options.exceeded('tracks');
      return undefined;
    }
    const { mid, kind, codec, msid } = receiver;
    const { source, name, muted } = this.#described.get(msid.trackId) ?? {};
    const track = room.publish(participant, {
      kind,
      source: source ?? (kind === 'audio' ? 'microphone' : 'camera'),
      ...(name === undefined ? {} : { name }),
      muted: muted ?? false,
      codec,
      streamId: this.#streamId(msid.streamId),
      forwarder: this.#options.forwarder,
      requestKeyframe: () => this.#tracks.get(mid)?.requestKeyframe(),
    });
    const published = new PublishedTrack(track);
    this.#tracks.set(mid, published);
    this.#options.published(track, msid.trackId);
    return published;
  }

  #remove(receiver: Receiver): void {
    this.#early.delete(receiver);
    const published = this.#tracks.get(receiver.mid);
    published?.remove(receiver);
    if (!published?.ended) return;
    this.#tracks.delete(receiver.mid);
    this.#seat?.room.unpublish(published.track);
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
    channel.on('message', (data) => {
      if (!this.#seat?.participant.claims.grants.data) return;
      const { room, participant } = this.#seat;
      const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
      if (bytes > MAX_MESSAGE_BYTES || !this.#messages.take(performance.now())) this.#options.exceeded('messages');
      else room.relay(participant, channel.label, data);
    });
  }
}
