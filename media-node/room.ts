import type { Participant as Description, RoomEvent } from '@muon/contract/participant.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { Closing } from './closing.ts';
import { Participant, type Peer } from './participant.ts';
import { Refusal } from './refusal.ts';
import { Track, type TrackOptions } from './track.ts';

/** Participants who see each other's tracks, under one allocation (`epoch`) of the control plane. */
export class Room {
  readonly id: string;
  readonly name: string;
  readonly epoch: number;
  readonly #participants = new Map<string, Participant>();
  readonly #tracks = new Map<string, Track>();

  constructor({ room, roomName, epoch }: Pick<AccessClaims, 'room' | 'roomName' | 'epoch'>) {
    this.id = room;
    this.name = roomName;
    this.epoch = epoch;
  }

  get empty(): boolean {
    return this.#participants.size === 0;
  }

  /** How many take a seat. */
  get seats(): number {
    return this.#visible().length;
  }

  get tracks(): Iterable<Track> {
    return this.#tracks.values();
  }

  track(id: string): Track | undefined {
    return this.#tracks.get(id);
  }

  /**
   * Takes in a participant; whoever had this identity before is replaced.
   *
   * @throws Refusal `room-full` when all seats are taken.
   */
  join(claims: AccessClaims, peer: Peer): Participant {
    const before = this.#participants.get(claims.sub);
    const seatsOfOthers = this.seats - (before && !before.hidden ? 1 : 0);
    if (!claims.grants.hidden && seatsOfOthers >= claims.maxParticipants) {
      throw new Refusal('room-full', 'The room has all the participants that it may have.');
    }
    if (before) this.#remove(before, { code: 'replaced', reason: 'conflict' });
    const participant = new Participant(claims, peer);
    this.#participants.set(participant.identity, participant);
    if (!participant.hidden) {
      this.#tell({ type: 'participantJoined', participant: participant.describe() }, participant);
    }
    return participant;
  }

  /** Lets a participant go; does nothing when it is not, or no longer, in the room. */
  leave(participant: Participant): void {
    if (this.#participants.get(participant.identity) !== participant) return;
    this.#participants.delete(participant.identity);
    for (const track of participant.tracks.values()) this.unpublish(track);
    if (!participant.hidden) this.#tell({ type: 'participantLeft', identity: participant.identity }, participant);
  }

  /** Shows a new track to the others. */
  publish(participant: Participant, options: TrackOptions): Track {
    const track = new Track(participant.identity, options);
    participant.tracks.set(track.id, track);
    this.#tracks.set(track.id, track);
    this.#tell({ type: 'trackPublished', identity: track.identity, track: track.describe() }, participant);
    return track;
  }

  unpublish(track: Track): void {
    if (!this.#tracks.delete(track.id)) return;
    const publisher = this.#participants.get(track.identity);
    publisher?.tracks.delete(track.id);
    this.#tell({ type: 'trackUnpublished', identity: track.identity, trackId: track.id }, publisher);
    track.close();
  }

  setMuted(track: Track, muted: boolean): void {
    if (track.muted === muted) return;
    track.muted = muted;
    const publisher = this.#participants.get(track.identity);
    this.#tell({ type: 'trackChanged', identity: track.identity, track: track.describe() }, publisher);
  }

  /** Brings a message to all others. */
  relay(from: Participant, label: string, data: string | Uint8Array): void {
    for (const participant of this.#participants.values()) {
      if (participant !== from) participant.peer.relay(label, data);
    }
  }

  /** Those who are shown, but for `except`. */
  describe(except?: Participant): Description[] {
    return this.#visible()
      .filter((participant) => participant !== except)
      .map((participant) => participant.describe());
  }

  /** Sends everybody away. */
  close(closing: Closing): void {
    for (const participant of this.#participants.values()) this.#remove(participant, closing);
  }

  #remove(participant: Participant, closing: Closing): void {
    this.leave(participant);
    participant.peer.close(closing);
  }

  #tell(event: RoomEvent, except: Participant | undefined): void {
    for (const participant of this.#participants.values()) {
      if (participant !== except) participant.peer.notify(event);
    }
  }

  #visible(): Participant[] {
    return [...this.#participants.values()].filter(({ hidden }) => !hidden);
  }
}
