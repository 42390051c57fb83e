import type { RoundTripReport } from '@muon/wire/rtcp/extended-report.ts';
import { encodeReferenceTime } from '@muon/wire/rtcp/extended-report.ts';

/** The middle 32 bits of the clock that reports carry count units of 1/65536 s, and wrap. */
const UNITS_PER_MS = 65.536;
const WRAP_S = 65_536;

const WEIGHT = 0.25;
const MAX_RTT_MS = 10_000;

/**
 * The round trip to somebody who only sends: its sender reports measure the way for itself alone, so it is given a clock
 * to answer (RFC 3611 sections 4.4 and 4.5).
 */
export class RoundTripClock {
  readonly #ssrc: number;
  #rttMs: number | undefined;
  #asked = false;

  constructor(ssrc: number) {
    this.#ssrc = ssrc;
  }

  /** Smoothed; undefined before the first answer. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** The packet that asks. */
  ask(nowMs: number): Uint8Array {
    this.#asked = true;
    return encodeReferenceTime(this.#ssrc, Math.floor(((nowMs / 1000) % WRAP_S) * 2 ** 32));
  }

  answered({ ssrc, lastReport, delaySinceLastReport }: RoundTripReport, nowMs: number): void {
    if (ssrc !== this.#ssrc || lastReport === 0 || !this.#asked) return;
    const now = Math.floor(((nowMs / 1000) % WRAP_S) * 2 ** 16);
    const rttMs = ((now - lastReport - delaySinceLastReport) | 0) / UNITS_PER_MS;
    if (rttMs < -1 || rttMs > MAX_RTT_MS) return;
    const measuredMs = Math.max(0, rttMs);
    this.#rttMs = this.#rttMs === undefined ? measuredMs : this.#rttMs + WEIGHT * (measuredMs - this.#rttMs);
  }
}
