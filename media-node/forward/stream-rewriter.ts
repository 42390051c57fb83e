import { seqDistance, SeqUnwrapper, timestampDistance } from '@muon/wire/rtp/seq.ts';

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

/** Makes one outgoing stream of several sources, one after another: sequence numbers and timestamps go on without a gap. */
export class StreamRewriter {
  readonly #clockRate: number;
  #source: { readonly ssrc: number; readonly first: number; readonly unwrapper: SeqUnwrapper } | undefined;
  #seqOffset: number;
  #timestampOffset: number;
  #highestSeq: number;
  #highestTimestamp: number;
  #latestMs = 0;
  #interrupted = false;

  /** The rewritten fields of the last packet that {@link rewrite} took. */
  seq = 0;
  timestamp = 0;

  constructor(clockRate: number, start: StreamStart) {
    this.#clockRate = clockRate;
    this.#seqOffset = 0;
    this.#timestampOffset = 0;
    this.#highestSeq = start.seq - 1;
    this.#highestTimestamp = start.timestamp;
  }

  /** The source that packets come from. */
  get sourceSsrc(): number | undefined {
    return this.#source?.ssrc;
  }

  /** Packets are left out from here on: the next one follows the last all the same. */
  interrupt(): void {
    this.#interrupted = true;
  }

  /** Sets `seq` and `timestamp`; false for a packet from before the source took over, which has no place any more. */
  rewrite(packet: SourcePacket, nowMs: number): boolean {
    if (this.#interrupted || packet.ssrc !== this.#source?.ssrc) this.#switch(packet, nowMs);
    const { first, unwrapper } = this.#source!;
    if (unwrapper.unwrap(packet.seq) < first) return false;
    this.seq = (packet.seq + this.#seqOffset) & 0xffff;
    this.timestamp = (packet.timestamp + this.#timestampOffset) >>> 0;
    if (seqDistance(this.seq, this.#highestSeq) > 0) {
      this.#highestSeq = this.seq;
      this.#highestTimestamp = this.timestamp;
      this.#latestMs = nowMs;
    }
    return true;
  }

  /** An RTP timestamp of the current source as it is sent. */
  rewriteTimestamp(timestamp: number): number {
    return (timestamp + this.#timestampOffset) >>> 0;
  }

  /** The new source's first packet follows the last one of the old, as much later as it came. */
  #switch(packet: SourcePacket, nowMs: number): void {
    const elapsed = this.#source ? Math.max(1, Math.round(((nowMs - this.#latestMs) * this.#clockRate) / 1000)) : 0;
    const unwrapper = new SeqUnwrapper();
    this.#interrupted = false;
    this.#source = { ssrc: packet.ssrc, first: unwrapper.unwrap(packet.seq), unwrapper };
    this.#seqOffset = (this.#highestSeq + 1 - packet.seq) & 0xffff;
    this.#timestampOffset = timestampDistance((this.#highestTimestamp + elapsed) >>> 0, packet.timestamp);
  }
}
