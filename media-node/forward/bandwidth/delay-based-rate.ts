import { LinkCapacity } from './link-capacity.ts';
import type { PathUse } from './trendline.ts';

/** What remains of the rate that arrives when queues grow (draft-ietf-rmcat-gcc-02 section 5.5). */
const DECREASE = 0.85;

/**
 * Where much less arrives than might be sent, the queue may be no fault of ours, and what arrives says little of the
 * capacity: the rate falls step by step until it is near.
 */
const UNUSED = 0.5;
const UNUSED_DECREASE = 0.7;

/** But such a queue is not made by jitter. */
const CERTAIN_QUEUE_MS = 120;

/** Growth in a second, while the capacity is unknown. */
const INCREASE_PER_SECOND = 1.08;

/** No further above what arrives than this: what was not sent proves nothing. */
const MAX_OVER_ARRIVED = 1.5;
const HEADROOM_BPS = 10_000;

/** Near the known capacity: about a packet more per response time. */
const PACKET_BITS = 8 * 1200;
const REACTION_MS = 100;
const MIN_INCREASE_BPS = 4000;

/** A decrease shows its effect after a round trip; between these. */
const MIN_WAIT_MS = 10;
const MAX_WAIT_MS = 200;

const MAX_STEP_MS = 1000;

/** What the path is like now. */
export interface PathState {
  readonly use: PathUse;
  /** How long packets wait on the way. */
  readonly queueMs: number;
  /** What arrives at the receiver; undefined while that is not known. */
  readonly arrivedBps: number | undefined;
  /** What its narrow part carries; undefined while nothing waits for that. */
  readonly capacityBps: number | undefined;
  readonly rttMs: number;
}

/** The rate that keeps queues short: additive or multiplicative increase, multiplicative decrease. */
export class DelayBasedRate {
  readonly #minBps: number;
  readonly #capacity = new LinkCapacity();
  #bps: number;
  #growing = true;
  #updatedMs: number | undefined;
  #decreasedMs = -Infinity;

  constructor(startBps: number, minBps: number) {
    this.#bps = startBps;
    this.#minBps = minBps;
  }

  get bps(): number {
    return this.#bps;
  }

  /** When it last went down. */
  get decreasedMs(): number {
    return this.#decreasedMs;
  }

  update(path: PathState, nowMs: number): void {
    const elapsedMs = Math.min(nowMs - (this.#updatedMs ?? nowMs), MAX_STEP_MS);
    this.#updatedMs = nowMs;
    if (path.use === 'over') this.#decrease(path, nowMs);
    // While queues drain, more would keep them; the first normal measurement after that still waits.
    else if (path.use === 'under') this.#growing = false;
    else if (this.#growing) this.#increase(path, elapsedMs);
    else this.#growing = true;
  }

  /** A probe went through at this rate, or was held to it. */
  probed(bps: number): void {
    if (bps <= this.#bps) return;
    this.#bps = bps;
    this.#capacity.forget();
  }

  /** Begins anew from here: something else than delay limits the rate. */
  limit(bps: number): void {
    this.#bps = Math.max(this.#minBps, Math.min(this.#bps, bps));
  }

  #decrease({ arrivedBps, capacityBps, queueMs, rttMs }: PathState, nowMs: number): void {
    this.#growing = false;
    const carriedBps = capacityBps ?? arrivedBps;
    if (carriedBps === undefined) return;
    const waitMs = Math.min(Math.max(rttMs, MIN_WAIT_MS), MAX_WAIT_MS);
    if (nowMs - this.#decreasedMs < waitMs && carriedBps > this.#bps / 2) return;
    this.#decreasedMs = nowMs;
    const known = capacityBps !== undefined || queueMs >= CERTAIN_QUEUE_MS;
    const unused = carriedBps < UNUSED * this.#bps && !known;
    if (!unused) this.#capacity.overused(carriedBps);
    const decreased = unused ? Math.max(carriedBps * DECREASE, this.#bps * UNUSED_DECREASE) : carriedBps * DECREASE;
    this.#bps = Math.max(this.#minBps, Math.min(this.#bps, decreased));
  }

  #increase({ arrivedBps, rttMs }: PathState, elapsedMs: number): void {
    const near = arrivedBps !== undefined && this.#capacity.isNear(arrivedBps);
    const additiveBps = Math.max(MIN_INCREASE_BPS, (PACKET_BITS * 1000) / (rttMs + REACTION_MS));
    const increased = near
      ? this.#bps + (additiveBps * elapsedMs) / 1000
      : this.#bps * INCREASE_PER_SECOND ** (elapsedMs / 1000);
    const limit = arrivedBps === undefined ? Infinity : MAX_OVER_ARRIVED * arrivedBps + HEADROOM_BPS;
    this.#bps = Math.max(this.#bps, Math.min(increased, limit));
  }
}
