import type { NodeHeartbeatBody } from '@muon/contract/internal.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import { AttendanceReports } from './attendance-reports.ts';
import { Bans } from './bans.ts';
import type { Closing } from './closing.ts';
import type { ForwardedCodec } from './negotiation/codecs.ts';
import type { Participant, Peer } from './participant.ts';
import { Refusal } from './refusal.ts';
import { Room } from './room.ts';
import { UsageMeter } from './usage-meter.ts';

/** A participant's place; leaving it drops the room when nobody is left. */
export interface Seat {
  readonly room: Room;
  readonly participant: Participant;
  leave(): void;
}

/** The rooms on this node, each from its first participant to its last. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #bans = new Bans();
  /** Who came and went. */
  readonly reports = new AttendanceReports();
  /** For how long they were there. */
  readonly usage = new UsageMeter();

  get all(): Iterable<Room> {
    return this.#rooms.values();
  }

  /**
   * Takes a participant into the room of its claims. Claims of a later allocation end the room of an earlier one.
   *
   * @throws Refusal `conflict` for claims of an earlier allocation, `room-full` when all seats are taken,
   * `participant-banned`.
   */
  join(claims: AccessClaims, peer: Peer): Seat {
    const room = this.#find(claims);
    const participant = room.join(claims, peer);
    // Only now: whoever was replaced may have been the last to leave.
    this.#rooms.set(room.id, room);
    return { room, participant, leave: () => this.#leave(room, participant) };
  }

  /** Whether anybody in the room is known not to decode the codec. */
  lacks(id: string, codec: ForwardedCodec): boolean {
    return this.#rooms.get(id)?.lacks(codec) ?? false;
  }

  get(id: string): Room | undefined {
    return this.#rooms.get(id);
  }

  close(id: string, closing: Closing): void {
    const room = this.#rooms.get(id);
    this.#rooms.delete(id);
    room?.close(closing);
  }

  closeAll(closing: Closing): void {
    for (const id of this.#rooms.keys()) this.close(id, closing);
  }

  /** Looks who speaks in each room. For every 100 ms or so. */
  pollSpeakers(nowMs: number): void {
    for (const room of this.#rooms.values()) room.pollSpeakers(nowMs);
  }

  /** Looks how well everybody is connected. For every second or two. */
  pollQuality(nowMs: number): void {
    for (const room of this.#rooms.values()) room.pollQuality(nowMs);
  }

  /** What the control plane is told. */
  describe(): NodeHeartbeatBody['rooms'] {
    return [...this.#rooms.values()].map(({ id, epoch, seats }) => ({ id, epoch, participants: seats }));
  }

  /** The room of the claims' allocation, new when there is none. */
  #find(claims: AccessClaims): Room {
    const present = this.#rooms.get(claims.room);
    if (present && claims.epoch < present.epoch) {
      throw new Refusal('conflict', 'The room was allocated anew since this token was made; join again.');
    }
    if (present?.epoch === claims.epoch) return present;
    this.close(claims.room, { code: 'roomClosed', reason: 'room-moved' });
    return new Room(claims, this.#bans, this.reports, this.usage);
  }

  #leave(room: Room, participant: Participant): void {
    room.leave(participant);
    if (room.empty && this.#rooms.get(room.id) === room) this.#rooms.delete(room.id);
  }
}
