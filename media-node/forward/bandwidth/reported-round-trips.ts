import type { ReportBlock } from '@muon/wire/rtcp/packet.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';

/** So many sender reports wait for their answers; of one stream goes out about one a second. */
const REMEMBERED = 64;

const WEIGHT = 0.25;
const MAX_RTT_MS = 10_000;

/**
 * The round trip by what receiver reports repeat of sender reports (RFC 3550 section 6.4.1). These carry the clocks of
 * their sources, so it is remembered when each was sent.
 */
export class ReportedRoundTrips {
  readonly #middles = new Uint32Array(REMEMBERED);
  readonly #sentMs = new Float64Array(REMEMBERED).fill(-Infinity);
  #next = 0;
  #rttMs: number | undefined;

  /** Smoothed. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  sent({ ntpSeconds, ntpFraction }: SenderReportInfo, nowMs: number): void {
    const at = this.#next++ % REMEMBERED;
    this.#middles[at] = (ntpSeconds << 16) | (ntpFraction >>> 16);
    this.#sentMs[at] = nowMs;
  }

  /** What this report measures; undefined when it answers none that is remembered. */
  answered({ lastSenderReport, delaySinceLastSenderReport }: ReportBlock, nowMs: number): number | undefined {
    if (lastSenderReport === 0) return undefined;
    // The latest of equal ones: a source without a wall clock may say the same again.
    let sentMs = -Infinity;
    for (let i = 0; i < REMEMBERED; i++) {
      if (this.#middles[i] === lastSenderReport) sentMs = Math.max(sentMs, this.#sentMs[i]!);
    }
    const rttMs = Math.max(0, nowMs - sentMs - delaySinceLastSenderReport / 65.536);
    if (rttMs > MAX_RTT_MS) return undefined;
    this.#rttMs = this.#rttMs === undefined ? rttMs : this.#rttMs + WEIGHT * (rttMs - this.#rttMs);
    return rttMs;
  }
}
