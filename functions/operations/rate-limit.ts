import { Refusal } from '../domain/refusal.ts';

export interface Rate {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
}

/** More callers than this are not busy at once; whoever was quiet for the longest is forgotten first. */
const MAX_CALLERS = 10_000;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/**
 * A token bucket for each caller. Each instance of a function counts for itself: the limit keeps one caller from
 * starving the others there, and the system's own limit is that of the gateway in front.
 */
export class RateLimit {
  readonly #rate: Rate;
  /** The one used last comes last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** @throws Refusal `rate-limited` with the seconds after which there is a place again */
  take(caller: string, nowMs: number): void {
    const { perSecond, burst } = this.#rate;
    const before = this.#buckets.get(caller) ?? { tokens: burst, filledAtMs: nowMs };
    const filled = Math.min(burst, before.tokens + (Math.max(0, nowMs - before.filledAtMs) / 1000) * perSecond);
    const tokens = filled >= 1 ? filled - 1 : filled;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens, filledAtMs: nowMs });
    if (this.#buckets.size > MAX_CALLERS) this.#buckets.delete(this.#buckets.keys().next().value!);
    if (filled >= 1) return;
    const retryAfterSeconds = Math.ceil((1 - filled) / perSecond);
    throw new Refusal('rate-limited', `More than ${perSecond} requests a second.`, { retryAfterSeconds });
  }
}
