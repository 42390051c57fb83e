/** Packets sent within this time make one group, and one measurement. */
const GROUP_MS = 5;

/** A group that queued together goes on arriving as one; longer ones say more if they are split. */
const MAX_BURST_MS = 100;

/** Longer apart than this, groups say nothing of one another: a pause, or a client's clock that was set. */
const MAX_GAP_MS = 3000;

/**
 * How much longer each group of packets was under way than the one before (draft-ietf-rmcat-gcc-02 sections 4 and 5.2).
 * Packets come in the order in which they were sent.
 */
export class DelayVariation {
  #firstSentMs = -Infinity;
  #lastSentMs = -Infinity;
  #firstArrivedMs = 0;
  #lastArrivedMs = 0;
  #previousSentMs: number | undefined;
  #previousArrivedMs = 0;

  /** Of the last complete group against the one before, in milliseconds; positive when queues grow. */
  variationMs = 0;
  /** When the last complete group had arrived, on the receiver's clock. */
  arrivedMs = 0;

  /** Takes a packet; true when it completed a group and the fields above tell of it. */
  add(sentMs: number, arrivedMs: number): boolean {
    if (sentMs < this.#firstSentMs) return false;
    if (this.#belongs(sentMs, arrivedMs)) {
      this.#lastSentMs = sentMs;
      this.#lastArrivedMs = Math.max(this.#lastArrivedMs, arrivedMs);
      return false;
    }
    const measured = this.#complete();
    this.#firstSentMs = sentMs;
    this.#lastSentMs = sentMs;
    this.#firstArrivedMs = arrivedMs;
    this.#lastArrivedMs = arrivedMs;
    return measured;
  }

  #belongs(sentMs: number, arrivedMs: number): boolean {
    if (sentMs - this.#firstSentMs <= GROUP_MS) return true;
    const sinceArrivalMs = arrivedMs - this.#lastArrivedMs;
    const catchesUp = sinceArrivalMs - (sentMs - this.#lastSentMs) < 0;
    return catchesUp && sinceArrivalMs <= GROUP_MS && arrivedMs - this.#firstArrivedMs < MAX_BURST_MS;
  }

  #complete(): boolean {
    if (this.#lastSentMs === -Infinity) return false;
    const previousSentMs = this.#previousSentMs;
    const arrivalGapMs = this.#lastArrivedMs - this.#previousArrivedMs;
    const sentGapMs = previousSentMs === undefined ? Infinity : this.#lastSentMs - previousSentMs;
    this.#previousSentMs = this.#lastSentMs;
    this.#previousArrivedMs = this.#lastArrivedMs;
    if (sentGapMs > MAX_GAP_MS || Math.abs(arrivalGapMs) > MAX_GAP_MS) return false;
    this.variationMs = arrivalGapMs - sentGapMs;
    this.arrivedMs = this.#lastArrivedMs;
    return true;
  }
}
