import type { RtpPacket } from '@muon/wire/rtp/packet.ts';

/** A packet in its turn. */
export interface OrderedPacket {
  readonly packet: RtpPacket;
  readonly arrivalMs: number;
  /** Whether packets before it are given up. */
  readonly afterLoss: boolean;
}

/** How long a gap is waited for: a retransmission over a round trip of 100 ms, and some. */
const PATIENCE_MS = 120;

/** A jump further than this is a new stream and not a gap. */
const MAX_GAP = 1000;

/** Puts the packets of one track in order; a packet that does not come within {@link PATIENCE_MS} is given up. */
export class ReorderBuffer {
  readonly #held = new Map<number, { readonly packet: RtpPacket; readonly arrivalMs: number }>();
  #nextSeq: number | undefined;
  #afterLoss = false;
  #lost = 0;

  /** How many packets were given up. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes a packet; one that is late or here already is dropped. */
  push(packet: RtpPacket, nowMs: number): void {
    this.#nextSeq ??= packet.seq;
    const ahead = seqDistance(packet.seq, this.#nextSeq);
    if (Math.abs(ahead) > MAX_GAP) this.#restart(packet.seq);
    else if (ahead < 0) return;
    this.#held.set(packet.seq, { packet, arrivalMs: nowMs });
  }

  /** The packets whose turn it is, in order. */
  *poll(nowMs: number): Generator<OrderedPacket> {
    while (this.#nextSeq !== undefined && this.#held.size > 0) {
      const held = this.#held.get(this.#nextSeq);
      if (held) {
        this.#held.delete(this.#nextSeq);
        this.#nextSeq = (this.#nextSeq + 1) & 0xffff;
        yield { ...held, afterLoss: this.#afterLoss };
        this.#afterLoss = false;
      } else if (nowMs - this.#earliestArrivalMs() >= PATIENCE_MS) {
        this.#skipGap(this.#nextSeq);
      } else {
        return;
      }
    }
  }

  #restart(seq: number): void {
    this.#held.clear();
    this.#nextSeq = seq;
    this.#afterLoss = true;
  }

  #skipGap(from: number): void {
    const gap = Math.min(...Array.from(this.#held.keys(), (seq) => seqDistance(seq, from)));
    this.#lost += gap;
    this.#nextSeq = (from + gap) & 0xffff;
    this.#afterLoss = true;
  }

  #earliestArrivalMs(): number {
    return Math.min(...Array.from(this.#held.values(), ({ arrivalMs }) => arrivalMs));
  }
}

/** How far `a` is ahead of `b`, from -32768 to 32767 (RFC 3550, appendix A.1). */
function seqDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}
