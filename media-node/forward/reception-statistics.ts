import { SeqUnwrapper, timestampDistance } from '@muon/wire/rtp/seq.ts';
import type { ReportBlock } from '@muon/wire/rtcp/packet.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';

/** What a receiver report tells of one stream: losses and jitter (RFC 3550, appendix A.3 and A.8). */
export class ReceptionStatistics {
  readonly #ssrc: number;
  readonly #clockRate: number;
  readonly #unwrapper = new SeqUnwrapper();
  #base: number | undefined;
  #highest = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #jitter = 0;
  #transit: number | undefined;
  #senderReport: { readonly middle: number; readonly atMs: number } | undefined;

  constructor(ssrc: number, clockRate: number) {
    this.#ssrc = ssrc;
    this.#clockRate = clockRate;
  }

  /** A packet as it came from the network, not a retransmission. */
  arrived(seq: number, timestamp: number, nowMs: number): void {
    const index = this.#unwrapper.unwrap(seq);
    this.#base ??= index;
    this.#highest = Math.max(this.#highest, index);
    this.#received++;
    const transit = ((nowMs * this.#clockRate) / 1000 - timestamp) | 0;
    if (this.#transit !== undefined) {
      this.#jitter += (Math.abs(timestampDistance(transit, this.#transit)) - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  reported({ ntpSeconds, ntpFraction }: SenderReportInfo, nowMs: number): void {
    this.#senderReport = { middle: ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0, atMs: nowMs };
  }

  /** The block for a report that is sent now; undefined before the first packet. */
  report(nowMs: number): ReportBlock | undefined {
    if (this.#base === undefined) return undefined;
    const expected = this.#highest - this.#base + 1;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    return {
      ssrc: this.#ssrc,
      fractionLost: expectedNow > 0 && lostNow > 0 ? Math.min(255, Math.floor((lostNow * 256) / expectedNow)) : 0,
      packetsLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, expected - this.#received)),
      highestSeq: this.#highest >>> 0,
      jitter: Math.round(this.#jitter),
      lastSenderReport: this.#senderReport?.middle ?? 0,
      delaySinceLastSenderReport: this.#senderReport
        ? Math.round(((nowMs - this.#senderReport.atMs) * 65_536) / 1000) >>> 0
        : 0,
    };
  }
}
