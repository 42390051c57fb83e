import type { MediaKind } from '@muon/contract/participant.ts';
import type { Connection } from '../io/connection.ts';
import type { Sender } from '../io/sender.ts';
import { findCodec } from '../negotiation/codecs.ts';
import type { Seat } from '../rooms.ts';
import type { Track } from '../track.ts';
import { chooseTracks } from './choose-tracks.ts';
import type { Role } from './http-participant.ts';

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
  #seat: Seat | undefined;
  #closed = false;

  /** Of the participant with this identity, or of whoever publishes. */
  constructor(connection: Connection, identity: string | undefined) {
    this.#connection = connection;
    this.#identity = identity;
    connection.on('connected', () => this.#choose());
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
    output.track?.removeSender(output.sender);
    if (output.track) output.sender.changeTrack();
    output.track = track;
    track?.addSender(output.sender);
  }
}
