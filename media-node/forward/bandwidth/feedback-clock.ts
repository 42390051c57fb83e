/** 24 bits of 64 ms. */
const PERIOD_US = 2 ** 24 * 64_000;

/** Counts the reference times of transport-wide feedback on past their wrap. */
export class FeedbackClock {
  #latestUs: number | undefined;

  /** The time next to the one before; the first is itself. */
  unwrap(referenceUs: number): number {
    const latestUs = this.#latestUs;
    if (latestUs === undefined) return (this.#latestUs = referenceUs);
    const ahead = (((referenceUs - latestUs) % PERIOD_US) + PERIOD_US) % PERIOD_US;
    return (this.#latestUs = latestUs + (ahead < PERIOD_US / 2 ? ahead : ahead - PERIOD_US));
  }
}
