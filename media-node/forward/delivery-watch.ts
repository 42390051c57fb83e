import { SeqUnwrapper } from '@muon/wire/rtp/seq.ts';

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
  readonly #sentMs = new Float64Array(SIZE);
  readonly #unwrapper = new SeqUnwrapper();
  /** The oldest that feedback has not told of, and the next to be sent; undefined before the first. */
  #oldest: number | undefined;
  #next = 0;
  #toldMs = -Infinity;
  #intervalMs = MAX_INTERVAL_MS;
  /** From sending to feedback, of the packet that came last before it. */
  #shortestMs = Infinity;
  #earlierShortestMs = Infinity;
  #turnedMs = -Infinity;

  /** A packet goes out under this transport-wide number. */
  sent(seq: number, nowMs: number): void {
    const index = this.#unwrapper.unwrap(seq);
    this.#sentMs[index & (SIZE - 1)] = nowMs;
    if (this.#oldest === undefined || this.#oldest === this.#next) this.#toldMs = Math.max(this.#toldMs, nowMs);
    this.#oldest ??= index;
    this.#next = index + 1;
  }

  /** Feedback told that this one came, and with it all before. */
  delivered(seq: number, nowMs: number): void {
    if (this.#oldest === undefined) return;
    const index = this.#unwrapper.peek(seq);
    if (index < this.#oldest || index >= this.#next) return;
    this.#measure(nowMs - this.#sentMs[index & (SIZE - 1)]!, nowMs);
    this.#oldest = index + 1;
    this.#toldMs = nowMs;
  }

  /** Whether packets wait on the way: what can wait here instead should. */
  isQueued(nowMs: number): boolean {
    if (this.#oldest === undefined || this.#oldest === this.#next) return false;
    if (nowMs - this.#toldMs > GIVE_UP_MS) {
      this.#oldest = this.#next;
      return false;
    }
    if (this.#next - this.#oldest >= SIZE) return true;
    const shortestMs = Math.min(this.#shortestMs, this.#earlierShortestMs);
    return nowMs - this.#sentMs[this.#oldest & (SIZE - 1)]! > shortestMs + this.#intervalMs + ALLOWED_MS;
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
