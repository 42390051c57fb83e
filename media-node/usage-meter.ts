import { MAX_USAGE_ROOMS, type UsageReport } from '@muon/contract/usage.ts';
import type { Moment } from './moment.ts';
import type { Participant } from './participant.ts';

type RoomName = UsageReport['rooms'][number]['room'];
type Entry = UsageReport['rooms'][number];

/** What is being used is told so often: a node that dies takes at most as much with it. */
const INTERVAL_MS = 60_000;

const DAY_MS = 86_400_000;

interface Presence {
  readonly room: RoomName;
  readonly participant: Pick<Participant, 'hidden' | 'claims'>;
  /** Until when it is counted, by the steady clock. */
  countedMs: number;
}

/**
 * Counts who is in the rooms of this node, for how long, by days in UTC, until the control plane has heard it. A machine's
 * clock that is set changes the days of what is counted from then on, and nothing of how long it was.
 */
export class UsageMeter {
  readonly #present = new Map<object, Presence>();
  /** By day and room. */
  readonly #counted = new Map<string, { readonly day: string; readonly entry: Entry }>();
  /** Those of them that are to be told. */
  readonly #ready = new Set<string>();
  #told: UsageReport | undefined;
  #seq = 0;
  #roundMs = -Infinity;

  get waiting(): boolean {
    return this.#told !== undefined || this.#ready.size > 0;
  }

  joined({ id, name }: RoomName, participant: Presence['participant'], now: Moment): void {
    this.#present.set(participant, { room: { id, name }, participant, countedMs: now.steadyMs });
  }

  /** What was used in a room is told at once when its last participant leaves. */
  left(participant: Presence['participant'], now: Moment): void {
    const presence = this.#present.get(participant);
    if (!presence) return;
    this.#count(presence, now);
    this.#present.delete(participant);
    const { id } = presence.room;
    for (const { room } of this.#present.values()) if (room.id === id) return;
    for (const [key, { entry }] of this.#counted) if (entry.room.id === id) this.#ready.add(key);
  }

  /** What is to be told now, the same again until it was; undefined: nothing. */
  next(now: Moment): UsageReport | undefined {
    if (this.#told) return this.#told;
    if (now.steadyMs - this.#roundMs >= INTERVAL_MS) this.#countAll(now);
    const first = this.#ready.values().next().value;
    if (first === undefined) return undefined;
    const { day } = this.#counted.get(first)!;
    const keys = [...this.#ready].filter((key) => this.#counted.get(key)!.day === day).slice(0, MAX_USAGE_ROOMS);
    this.#seq += 1;
    this.#told = { seq: this.#seq, day, rooms: keys.map((key) => this.#counted.get(key)!.entry) };
    for (const key of keys) {
      this.#counted.delete(key);
      this.#ready.delete(key);
    }
    return this.#told;
  }

  /** The control plane has heard it. */
  told(report: UsageReport | undefined): void {
    if (report === this.#told) this.#told = undefined;
  }

  #countAll(now: Moment): void {
    this.#roundMs = now.steadyMs;
    for (const presence of this.#present.values()) this.#count(presence, now);
    for (const key of this.#counted.keys()) this.#ready.add(key);
  }

  /** What was used since it was last counted; it ended now, so that its days are those before now. */
  #count(presence: Presence, { steadyMs, wallMs }: Moment): void {
    let fromMs = wallMs - (steadyMs - presence.countedMs);
    while (fromMs < wallMs) {
      const midnightMs = (Math.floor(fromMs / DAY_MS) + 1) * DAY_MS;
      const untilMs = Math.min(midnightMs, wallMs);
      this.#add(presence, new Date(fromMs).toISOString().slice(0, 10), untilMs - fromMs);
      fromMs = untilMs;
    }
    presence.countedMs = steadyMs;
  }

  #add({ room, participant }: Presence, day: string, ms: number): void {
    const { hidden, claims } = participant;
    if (hidden && claims.kind !== 'egress') return;
    const key = `${day} ${room.id}`;
    const { entry } = this.#counted.get(key) ?? { entry: { room, participantMs: 0, egressMs: 0, callMs: 0 } };
    const next = {
      room,
      participantMs: entry.participantMs + (hidden ? 0 : ms),
      egressMs: entry.egressMs + (hidden ? ms : 0),
      callMs: entry.callMs + (!hidden && claims.kind === 'sip' ? ms : 0),
    };
    this.#counted.set(key, { day, entry: next });
  }
}
