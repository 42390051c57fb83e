import { SlidingMinimum } from './sliding-minimum.ts';

/** Between the arrival of the fastest packet and its play: for jitter and retransmissions. */
export const PLAYOUT_DELAY_MS = 250;

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

/** When one track's packets are played, in the gateway's time. Until there is a sender report, by their arrival. */
export class PlayoutClock {
  readonly #clockRate: number;
  readonly #lipSync: LipSync;
  readonly #offsetOfTicks = new SlidingMinimum(WINDOW_MS);
  readonly #offsetOfCapture = new SlidingMinimum(WINDOW_MS);
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
    const alone = ticksMs + this.#offsetOfTicks.push(arrivalMs - ticksMs, arrivalMs);
    return PLAYOUT_DELAY_MS + (this.#together(ticks, arrivalMs, alone) ?? alone);
  }

  /** By the participant's wall clock, if it makes sense. */
  #together(ticks: number, arrivalMs: number, alone: number): number | undefined {
    if (!this.#report) return undefined;
    const capturedMs = this.#report.ntpMs + this.#toMs(ticks - this.#report.ticks);
    const own = this.#offsetOfCapture.push(arrivalMs - capturedMs, arrivalMs);
    const together = capturedMs + this.#lipSync.offsetMs(this, own, arrivalMs);
    return Math.abs(together - alone) <= MAX_SKEW_MS ? together : undefined;
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
