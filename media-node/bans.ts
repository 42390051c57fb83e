import { Refusal } from './refusal.ts';

/** Beyond this many at once, who would be back soonest is let in sooner. */
const MAX_BANS = 10_000;

/** Who may not come back into a room for a while, on this node. It outlives the room: who is alone there gains nothing. */
export class Bans {
  /** By room and identity, when it ends. */
  readonly #untilMs = new Map<string, number>();

  get size(): number {
    return this.#untilMs.size;
  }

  /** Takes the place of an earlier ban of the same identity. */
  ban(room: string, identity: string, seconds: number, nowMs: number): void {
    for (const [key, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(key);
    this.#untilMs.set(keyOf(room, identity), nowMs + seconds * 1000);
    if (this.#untilMs.size <= MAX_BANS) return;
    const [soonest] = [...this.#untilMs].reduce((a, b) => (b[1] < a[1] ? b : a));
    this.#untilMs.delete(soonest);
  }

  /** @throws Refusal `participant-banned` */
  check(room: string, identity: string, nowMs: number): void {
    const untilMs = this.#untilMs.get(keyOf(room, identity));
    if (untilMs === undefined || untilMs <= nowMs) return;
    const retryAfterSeconds = Math.ceil((untilMs - nowMs) / 1000);
    const message = `${identity} was removed from the room, and may come back in ${retryAfterSeconds} s.`;
    throw new Refusal('participant-banned', message, { retryAfterSeconds });
  }
}

/** Ids of rooms have no slash. */
function keyOf(room: string, identity: string): string {
  return `${room}/${identity}`;
}
