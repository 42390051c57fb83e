import { seqDistance } from '@muon/wire/rtp/seq.ts';

/** So many packets may be under way; a power of two. */
const SIZE = 4096;

/** What a packet may take longer than the fastest: more than that it waits in a queue. */
const ALLOWED_MS = 60;

/** The fastest of so long is the way without a queue. */
const MEMORY_MS = 10_000;

/** Clients tell at least this often what came, if anything did. */
const MAX_INTERVAL_MS = 250;
const INTERVAL_WEIGHT = 0.125;

/** Feedback that stays away for so long does not come any more, whatever the reason. */
const GIVE_UP_MS = 5000;

/**
 * Whether a path that loses nothing, such as TCP, has more to carry than it can: there a queue has no end, and all that is
 * sent meanwhile arrives later still. Known from the oldest packet that feedback has not told of.
 */
export class DeliveryWatch {
  /** Of what feedback has not told of, from the first to the next to be sent. */
  readonly #seqs = new Uint16Array(SIZE);
  readonly #sentMs = new Float64Array(SIZE);
  #first = 0;
  #next = 0;
  #toldMs = -Infinity;
  #intervalMs = MAX_INTERVAL_MS;
  /** From sending to feedback, of the packet that came last before it. */
  #shortestMs = Infinity;
  #earlierShortestMs = Infinity;
  #turnedMs = -Infinity;

  /** A packet of which feedback will tell goes out under this transport-wide number. */
  sent(seq: number, nowMs: number): void {
    if (this.#first === this.#next) this.#toldMs = Math.max(this.#toldMs, nowMs);
    if (this.#next - this.#first === SIZE) this.#first++;
    const at = this.#next++ & (SIZE - 1);
    this.#seqs[at] = seq;
    this.#sentMs[at] = nowMs;
  }

  /** Feedback told that this one came, and with it all before. */
  delivered(seq: number, nowMs: number): void {
    const before = this.#first;
    while (this.#first < this.#next && seqDistance(this.#seqs[this.#first & (SIZE - 1)]!, seq) <= 0) this.#first++;
    if (this.#first === before) return;
    this.#measure(nowMs - this.#sentMs[(this.#first - 1) & (SIZE - 1)]!, nowMs);
    this.#toldMs = nowMs;
  }

  /** Whether packets wait on the way: what can wait here instead should. */
  isQueued(nowMs: number): boolean {
    if (this.#first === this.#next) return false;
    if (nowMs - this.#toldMs > GIVE_UP_MS) {
      this.#first = this.#next;
      return false;
    }
    const shortestMs = Math.min(this.#shortestMs, this.#earlierShortestMs);
    return nowMs - this.#sentMs[this.#first & (SIZE - 1)]! > shortestMs + this.#intervalMs + ALLOWED_MS;
  }

  #measure(responseMs: number, nowMs: number): void {
    if (nowMs - this.#turnedMs > MEMORY_MS) {
      this.#turnedMs = nowMs;
      this.#earlierShortestMs = this.#shortestMs;
      this.#shortestMs = Infinity;
    }
    this.#shortestMs = Math.min(this.#shortestMs, responseMs);
    const intervalMs = Math.min(nowMs - this.#toldMs, MAX_INTERVAL_MS);
    this.#intervalMs += (intervalMs - this.#intervalMs) * INTERVAL_WEIGHT;
  }
}
