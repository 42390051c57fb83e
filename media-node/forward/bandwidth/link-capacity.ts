/** How much a new measurement changes the mean. */
const WEIGHT = 0.05;

/** Of the deviation, normalised by the mean; in kbit/s, as in draft-ietf-rmcat-gcc-02 section 5.5. */
const MIN_VARIANCE = 0.4;
const MAX_VARIANCE = 2.5;

/** What the path carried whenever it was overused: near that, a sender grows carefully. */
export class LinkCapacity {
  #meanKbps: number | undefined;
  #variance = MIN_VARIANCE;

  /** The path carried this much and had a growing queue. */
  overused(bitrateBps: number): void {
    const kbps = bitrateBps / 1000;
    if (this.#meanKbps !== undefined && Math.abs(kbps - this.#meanKbps) > 3 * this.#deviation) this.forget();
    this.#meanKbps = this.#meanKbps === undefined ? kbps : (1 - WEIGHT) * this.#meanKbps + WEIGHT * kbps;
    const error = (this.#meanKbps - kbps) ** 2 / Math.max(this.#meanKbps, 1);
    const variance = (1 - WEIGHT) * this.#variance + WEIGHT * error;
    this.#variance = Math.min(Math.max(variance, MIN_VARIANCE), MAX_VARIANCE);
  }

  /** Whether the capacity is known and this rate is near it; one far above it shows that it is not true any more. */
  isNear(bitrateBps: number): boolean {
    if (this.#meanKbps === undefined) return false;
    if (bitrateBps / 1000 > this.#meanKbps + 3 * this.#deviation) this.forget();
    return this.#meanKbps !== undefined && bitrateBps / 1000 > this.#meanKbps - 3 * this.#deviation;
  }

  forget(): void {
    this.#meanKbps = undefined;
    this.#variance = MIN_VARIANCE;
  }

  get #deviation(): number {
    return Math.sqrt(this.#variance * (this.#meanKbps ?? 0));
  }
}
