import { SeqUnwrapper } from '@muon/wire/rtp/seq.ts';
import type { Arrivals } from '@muon/wire/rtcp/transport-feedback.ts';

/** How often a sender hears of its packets while there are any; estimators expect 50 to 250 ms. */
const FEEDBACK_INTERVAL_MS = 50;

/** So many packets one feedback tells of; all statuses and deltas together stay within an MTU. */
const MAX_STATUSES = 380;

/** How far a packet may come behind the ones already told of and still be told. */
const MAX_REORDERING = 500;

/**
 * Which transport-wide sequence numbers arrived when, and when to tell the sender: one for all streams of a transport
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01).
 */
export class ArrivalLog {
  readonly #unwrapper = new SeqUnwrapper();
  readonly #arrivedMs = new Map<number, number>();
  #next: number | undefined;
  #highest = -Infinity;
  #sentMs = -Infinity;

  arrived(seq: number, nowMs: number): void {
    const index = this.#unwrapper.unwrap(seq);
    if (this.#next === undefined) {
      this.#next = index;
      // The first feedback waits as well: one of a single packet says nothing.
      this.#sentMs = nowMs;
    }
    if (index < this.#next) {
      if (this.#next - index > MAX_REORDERING) return;
      this.#next = index;
    } else if (index - this.#next > 0x7fff) {
      // A jump, not a loss.
      this.#arrivedMs.clear();
      this.#next = index;
    }
    if (!this.#arrivedMs.has(index)) this.#arrivedMs.set(index, nowMs);
    if (index > this.#highest) this.#highest = index;
  }

  /** When {@link poll} next has something to do. */
  get deadlineMs(): number {
    return this.#arrivedMs.size > 0 ? this.#sentMs + FEEDBACK_INTERVAL_MS : Infinity;
  }

  /** What to tell now, each to be sent as one feedback packet. */
  poll(nowMs: number): Arrivals[] {
    if (nowMs < this.deadlineMs) return [];
    this.#sentMs = nowMs;
    const feedbacks: Arrivals[] = [];
    while (this.#arrivedMs.size > 0) feedbacks.push(this.#takeNext());
    // A gap so long that nothing arrived in it has no time to tell.
    return feedbacks.filter(({ arrivalsUs }) => arrivalsUs.some((us) => us !== undefined));
  }

  #takeNext(): Arrivals {
    const baseSeq = this.#next! & 0xffff;
    const arrivalsUs: (number | undefined)[] = [];
    let index = this.#next!;
    for (; index <= this.#highest && arrivalsUs.length < MAX_STATUSES; index++) {
      const arrivedMs = this.#arrivedMs.get(index);
      arrivalsUs.push(arrivedMs === undefined ? undefined : Math.round(arrivedMs * 1000));
      this.#arrivedMs.delete(index);
    }
    this.#next = index;
    return { baseSeq, arrivalsUs };
  }
}
