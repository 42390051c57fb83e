import type { MediaKind } from '@muon/contract/participant.ts';
import type { Connection } from '../io/connection.ts';
import type { Sender } from '../io/sender.ts';
import { findCodec } from '../negotiation/codecs.ts';
import type { PeerStats } from '../participant.ts';
import type { Seat } from '../rooms.ts';
import type { Subscription } from '../signal/subscription.ts';
import { VideoAllocation } from '../signal/video-allocation.ts';
import type { Track } from '../track.ts';
import { chooseTracks } from './choose-tracks.ts';
import type { Role } from './http-participant.ts';

/** How often it is looked what the player can be sent. */
const ALLOCATION_INTERVAL_MS = 500;

/** One stream that a player gets, of one track after another. */
interface Output {
  readonly sender: Sender;
  track: Track | undefined;
}

/** Plays one participant of a room to a WHEP client: one sound and one picture, whoever they are of. */
export class Player implements Role {
  readonly connection = 'whep';
  readonly #connection: Connection;
  readonly #identity: string | undefined;
  readonly #outputs = new Map<MediaKind, Output>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #allocation: VideoAllocation;
  #timer: NodeJS.Timeout | undefined;
  #seat: Seat | undefined;
  #closed = false;

  /** Of the participant with this identity, or of whoever publishes. */
  constructor(connection: Connection, identity: string | undefined) {
    this.#connection = connection;
    this.#identity = identity;
    const { transport } = connection;
    const subscriptions = this.#subscriptions;
    this.#allocation = new VideoAllocation({ transport, subscriptions, speakers: () => [], changed: () => undefined });
    transport.onDecrease = () => this.#allocate();
    connection.on('connected', () => {
      this.#timer = setInterval(() => this.#allocate(), ALLOCATION_INTERVAL_MS);
      this.#choose();
    });
  }

  get subscriptions(): PeerStats['subscriptions'] {
    return [...this.#outputs.values()].flatMap(({ track, sender }) => {
      const { current: layer } = sender;
      return track ? [{ trackId: track.id, state: 'active', ...(layer ? { layer } : {}) } as const] : [];
    });
  }

  answer(sdp: string): Promise<string> {
    return this.#connection.answerPlayer(sdp);
  }

  enter(seat: Seat): void {
    this.#seat = seat;
    this.#choose();
  }

  notify(): void {
    this.#choose();
  }

  permissionsChanged(): void {
    this.#choose();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const output of this.#outputs.values()) this.#show(output, undefined);
  }

  /** A keyframe that comes before the client can be reached is lost, so it all begins with the connection. */
  #choose(): void {
    if (!this.#seat || this.#closed || !this.#connection.connected) return;
    const { room, participant } = this.#seat;
    const there = participant.permissions.subscribe ? [...room.tracks] : [];
    const others = there.filter(({ identity }) => identity !== participant.identity);
    const wanted = this.#identity === undefined ? others : others.filter(({ identity }) => identity === this.#identity);
    const current = this.#outputs.get('video')?.track ?? this.#outputs.get('audio')?.track;
    const chosen = chooseTracks(wanted, current?.identity);
    for (const kind of ['audio', 'video'] as const) this.#play(kind, chosen[kind]);
  }

  /** The first of these that the client can be sent; none when it is there no more. */
  #play(kind: MediaKind, candidates: readonly Track[]): void {
    const output = this.#outputs.get(kind);
    if (output) {
      const sent = findCodec(output.sender.codec);
      if (output.track && candidates.includes(output.track)) return;
      return this.#show(
        output,
        candidates.find(({ codec }) => findCodec(codec) === sent),
      );
    }
    for (const track of candidates) {
      const sender = this.#connection.play(track);
      if (!sender) continue;
      const begun: Output = { sender, track: undefined };
      sender.on('keyframeWanted', (encoding) => begun.track?.requestKeyframe(encoding));
      this.#outputs.set(kind, begun);
      return this.#show(begun, track);
    }
  }

  #show(output: Output, track: Track | undefined): void {
    if (output.track === track) return;
    const { sender, track: before } = output;
    if (before) {
      before.removeSender(sender);
      sender.changeTrack();
      this.#subscriptions.delete(before.id);
    }
    output.track = track;
    if (!track) return;
    this.#subscriptions.set(track.id, { track, sender, wish: {}, agreed: true });
    this.#allocate();
    track.addSender(sender);
  }

  /** Chooses the layer of the picture that the client's network bears. */
  #allocate(): void {
    if (!this.#closed) this.#allocation.update(performance.now());
  }
}
