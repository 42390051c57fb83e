import { SlidingMinimum } from './sliding-minimum.ts';

/** Between the arrival of the fastest packet and its play, at least: for jitter and retransmissions. */
export const MIN_DELAY_MS = 250;

/** A track that would need more was held up, and goes on without what it missed. */
const MAX_DELAY_MS = 1000;

/** What the delay is longer than the jitter that was seen. */
const MARGIN_MS = 50;

/** Long enough to see a fast packet, short enough to follow a drifting clock. */
const WINDOW_MS = 10_000;

/** A clock that would hold a track back for longer than this is not believed. */
const MAX_SKEW_MS = 1000;

/**
 * What keeps a participant's lips and voice together: the distance between the participant's wall clock, as sender
 * reports tell it, and the gateway's, as the slowest of the tracks needs it.
 */
export class LipSync {
  readonly #tracks = new Map<object, { readonly offsetMs: number; readonly seenMs: number }>();

  /** The offset for all tracks, now that `track` has come with an offset of its own. */
  offsetMs(track: object, offsetMs: number, nowMs: number): number {
    this.#tracks.set(track, { offsetMs, seenMs: nowMs });
    for (const [other, { seenMs }] of this.#tracks) if (nowMs - seenMs > WINDOW_MS) this.#tracks.delete(other);
    return Math.max(...Array.from(this.#tracks.values(), (seen) => seen.offsetMs));
  }
}

/**
 * When one track's packets are played, in the gateway's time: late enough for the slowest of the last seconds, up to a
 * limit. Until there is a sender report, by their arrival alone.
 */
export class PlayoutClock {
  readonly #clockRate: number;
  readonly #lipSync: LipSync;
  readonly #offsetOfTicks = new SlidingMinimum(WINDOW_MS);
  readonly #offsetOfCapture = new SlidingMinimum(WINDOW_MS);
  /** Negated, since what counts is the largest. */
  readonly #jitter = new SlidingMinimum(WINDOW_MS);
  #last: { readonly timestamp: number; readonly ticks: number } | undefined;
  #report: { readonly ntpMs: number; readonly ticks: number } | undefined;

  constructor(clockRate: number, lipSync: LipSync) {
    this.#clockRate = clockRate;
    this.#lipSync = lipSync;
  }

  /** A sender report: the sender's wall clock in milliseconds, and the RTP timestamp of that instant. */
  report(ntpMs: number, timestamp: number): void {
    this.#report = { ntpMs, ticks: this.#unwrap(timestamp) };
  }

  /** When a packet with this timestamp is played. */
  playAtMs(timestamp: number, arrivalMs: number): number {
    const ticks = this.#unwrap(timestamp);
    this.#last = { timestamp, ticks };
    const ticksMs = this.#toMs(ticks);
    let fastestMs = ticksMs + this.#offsetOfTicks.push(arrivalMs - ticksMs, arrivalMs);
    if (arrivalMs - fastestMs > MAX_DELAY_MS) fastestMs = this.#beginAnew(ticksMs, arrivalMs);
    const delayMs = this.#delayMs(arrivalMs - fastestMs, arrivalMs);
    return this.#together(ticks, arrivalMs, fastestMs, delayMs) ?? fastestMs + delayMs;
  }

  /** A track that was held up for so long goes on from here, as if it were new. */
  #beginAnew(ticksMs: number, arrivalMs: number): number {
    this.#offsetOfTicks.clear();
    this.#offsetOfCapture.clear();
    this.#jitter.clear();
    return ticksMs + this.#offsetOfTicks.push(arrivalMs - ticksMs, arrivalMs);
  }

  #delayMs(jitterMs: number, nowMs: number): number {
    const largestMs = -this.#jitter.push(-jitterMs, nowMs);
    return Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, largestMs + MARGIN_MS));
  }

  /** By the participant's wall clock, if it makes sense. */
  #together(ticks: number, arrivalMs: number, fastestMs: number, delayMs: number): number | undefined {
    if (!this.#report) return undefined;
    const capturedMs = this.#report.ntpMs + this.#toMs(ticks - this.#report.ticks);
    const own = this.#offsetOfCapture.push(arrivalMs - capturedMs, arrivalMs) + delayMs;
    const together = capturedMs + this.#lipSync.offsetMs(this, own, arrivalMs);
    return Math.abs(together - delayMs - fastestMs) <= MAX_SKEW_MS ? together : undefined;
  }

  #toMs(ticks: number): number {
    return (ticks / this.#clockRate) * 1000;
  }

  /** RTP timestamps wrap after 32 bits; these ticks go on. */
  #unwrap(timestamp: number): number {
    if (!this.#last) return timestamp;
    return this.#last.ticks + ((timestamp - this.#last.timestamp) | 0);
  }
}
