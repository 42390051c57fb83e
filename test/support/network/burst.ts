import { seqDistance } from '@muon/wire/rtp/seq.ts';
import type { BurstLoss } from './conditions.ts';

/** Packets of a stream that are to be lost one after the other, whichever paths its client has meanwhile. */
export class Burst {
  readonly #loss: BurstLoss;
  /** Undefined until it has begun. */
  #left: number | undefined;

  constructor(loss: BurstLoss) {
    this.#loss = loss;
  }

  /** Whether an RTP packet is one of those. */
  takes(ssrc: number, seq: number): boolean {
    if (ssrc !== this.#loss.ssrc) return false;
    const ahead = seqDistance(seq, this.#loss.fromSeq);
    // Far ahead may be far behind as well: only in between can a burst begin.
    if (this.#left === undefined && (ahead < 0 || ahead >= this.#loss.count)) return false;
    this.#left ??= this.#loss.count;
    return this.#left-- > 0;
  }
}
