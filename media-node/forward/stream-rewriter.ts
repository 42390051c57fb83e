import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import { seqDistance, SeqUnwrapper, timestampDistance } from '@muon/wire/rtp/seq.ts';
import { NumberMap } from './number-map.ts';

/** Where an outgoing stream begins; random, but with room before the wrap. */
export interface StreamStart {
  /** Below 2^15, so that a loss among the first packets cannot hide a rollover (RFC 3711 section 3.3.1). */
  readonly seq: number;
  readonly timestamp: number;
}

/** The fields of a source's packet that matter here. */
export interface SourcePacket {
  readonly ssrc: number;
  readonly seq: number;
  readonly timestamp: number;
}

/** Clocks that are told this far from when packets arrive are wrong. */
const MAX_CLOCK_ERROR_MS = 2000;

/**
 * Makes one outgoing stream of several sources, one after another, and of parts of them: sequence numbers and timestamps
 * go on without a gap.
 */
export class StreamRewriter {
  readonly #clockRate: number;
  #sourceSsrc: number | undefined;
  #unwrapper = new SeqUnwrapper();
  readonly #seqs = new NumberMap();
  #seqOffset = 0;
  #timestampOffset = 0;
  #highestSeq = 0;
  #highestTimestamp = 0;
  #started = false;
  #latestMs = 0;
  #interrupted = false;

  /** The rewritten fields of the last packet that went on. */
  seq = 0;
  timestamp = 0;

  /** Without `start`, the stream begins as its first source does. */
  constructor(clockRate: number, start?: StreamStart) {
    this.#clockRate = clockRate;
    if (start) this.#start(start);
  }

  /** Packets are left out from here on: the next one follows the last all the same. */
  interrupt(): void {
    this.#interrupted = true;
  }

  /**
   * Sets `seq` and `timestamp` of a packet that goes on; false for a packet that has no place any more: from before the
   * source took over, or from among what was left out. For `missingToo` and `clockAhead` see {@link leaveOut} and
   * {@link begin}.
   */
  rewrite(packet: SourcePacket, nowMs: number, missingToo = false): boolean {
    if (this.#interrupted || packet.ssrc !== this.#sourceSsrc) this.begin(packet, nowMs, undefined);
    const index = this.#seqs.keep(this.#unwrapper.unwrap(packet.seq), missingToo);
    if (index === undefined) return false;
    this.seq = (index + this.#seqOffset) & 0xffff;
    this.timestamp = (packet.timestamp + this.#timestampOffset) >>> 0;
    if (seqDistance(this.seq, this.#highestSeq) > 0) {
      this.#highestSeq = this.seq;
      this.#highestTimestamp = this.timestamp;
      this.#latestMs = nowMs;
    }
    return true;
  }

  /** A packet of the source that doesn't go on; with `missingToo`, nor would have those that are missing before it. */
  leaveOut(packet: SourcePacket, missingToo: boolean): void {
    if (packet.ssrc === this.#sourceSsrc) this.#seqs.omit(this.#unwrapper.unwrap(packet.seq), missingToo);
  }

  /** The source's report as this stream's; undefined for another source's. */
  report(report: SenderReportInfo, ssrc: number): SenderReportInfo | undefined {
    if (report.ssrc !== this.#sourceSsrc) return undefined;
    return { ...report, ssrc, rtpTimestamp: (report.rtpTimestamp + this.#timestampOffset) >>> 0 };
  }

  /**
   * From this packet on, its source is sent. It follows the last one as much later as it was made, when `clockAhead` says
   * how far the clock of the new source is ahead of the old one's, else as much later as it came.
   */
  begin(packet: SourcePacket, nowMs: number, clockAhead: number | undefined): void {
    if (!this.#started) this.#start(packet);
    const first = this.#unwrapped(packet);
    this.#seqs.restart(first);
    this.#seqOffset = (this.#highestSeq + 1 - first) & 0xffff;
    const arrived = (this.#highestTimestamp + this.#elapsed(nowMs)) >>> 0;
    const ahead = packet.ssrc === this.#sourceSsrc ? 0 : clockAhead;
    let timestamp = arrived;
    if (ahead !== undefined && this.#sourceSsrc !== undefined) {
      const made = (packet.timestamp - ahead + this.#timestampOffset) >>> 0;
      const error = Math.abs(timestampDistance(made, arrived));
      if (error <= (MAX_CLOCK_ERROR_MS * this.#clockRate) / 1000) timestamp = made;
      // Both sources may have the same picture; sent twice, it is a new one.
      if (timestampDistance(timestamp, this.#highestTimestamp) <= 0) timestamp = (this.#highestTimestamp + 1) >>> 0;
    }
    this.#timestampOffset = timestampDistance(timestamp, packet.timestamp);
    this.#sourceSsrc = packet.ssrc;
    this.#interrupted = false;
  }

  #start({ seq, timestamp }: StreamStart): void {
    this.#started = true;
    this.#highestSeq = seq - 1;
    this.#highestTimestamp = timestamp;
  }

  #unwrapped({ ssrc, seq }: SourcePacket): number {
    if (ssrc !== this.#sourceSsrc) this.#unwrapper = new SeqUnwrapper();
    return this.#unwrapper.unwrap(seq);
  }

  /** Since the last packet, on the RTP clock. */
  #elapsed(nowMs: number): number {
    if (this.#sourceSsrc === undefined) return 0;
    return Math.max(1, Math.round(((nowMs - this.#latestMs) * this.#clockRate) / 1000));
  }
}
