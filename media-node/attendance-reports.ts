import { MAX_REPORTS, type AttendanceReport } from '@muon/contract/internal.ts';
import type { Closing } from './closing.ts';
import type { Participant } from './participant.ts';

/** While the control plane is away for long, the oldest are forgotten. */
const MAX_WAITING = 10_000;

/** Names and attributes have kilobytes, and all of a heartbeat must fit into a body of the control plane's. */
const MAX_REPORTS_BYTES = 256 * 1024;

/** Who came to a room of this node or went, until the control plane has heard it. */
export class AttendanceReports {
  #waiting: AttendanceReport[] = [];
  #seq = 0;
  #forgotten = 0;

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** What is to be told next: as much as one heartbeat carries. */
  get next(): AttendanceReport[] {
    let bytes = 0;
    const fitting = this.#waiting.slice(0, MAX_REPORTS);
    const tooMany = fitting.findIndex(
      (report) => (bytes += Buffer.byteLength(JSON.stringify(report))) > MAX_REPORTS_BYTES,
    );
    return tooMany < 0 ? fitting : fitting.slice(0, tooMany);
  }

  joined(room: AttendanceReport['room'], participant: Participant): void {
    this.#add(room, participant, {});
  }

  left(room: AttendanceReport['room'], participant: Participant, reason: Closing['code'] | 'left'): void {
    this.#add(room, participant, { leftAt: new Date().toISOString(), reason });
  }

  /** The control plane has heard all up to this one. Gives how many were forgotten since it heard anything. */
  told(last: AttendanceReport | undefined): number {
    if (last) this.#waiting = this.#waiting.filter(({ seq }) => seq > last.seq);
    const forgotten = this.#forgotten;
    this.#forgotten = 0;
    return forgotten;
  }

  #add(
    { id, name: roomName }: AttendanceReport['room'],
    participant: Participant,
    more: Pick<AttendanceReport, 'leftAt' | 'reason'>,
  ): void {
    const { identity, name, kind, attributes } = participant.describe();
    const joinedAt = participant.joinedAt.toISOString();
    this.#seq += 1;
    this.#waiting.push({
      seq: this.#seq,
      room: { id, name: roomName },
      identity,
      name,
      kind,
      attributes,
      joinedAt,
      ...more,
    });
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#waiting.shift();
    this.#forgotten += 1;
  }
}
