/** How one direction of a network treats packets; what is absent is perfect. */
export interface Conditions {
  /** Share of the packets that vanish, each by itself. */
  readonly loss?: number;
  readonly delayMs?: number;
  /** Share of the packets that arrive twice. */
  readonly duplicates?: number;
  /** Share of the packets that others overtake, and by how much they come later. */
  readonly reordering?: { readonly share: number; readonly byMs: number };
  /** Every so often nothing arrives for a while, and then all of it at once. */
  readonly stalls?: { readonly everyMs: number; readonly forMs: number };
  /** What fits through, and how much waits for it before more is dropped (drop-tail). */
  readonly rate?: { readonly bitrateBps: number; readonly queueMs: number };
  /** Nothing arrives. */
  readonly outage?: boolean;
}

/** Loses the next packets of a stream, from a sequence number on. */
export interface BurstLoss {
  readonly ssrc: number;
  readonly fromSeq: number;
  readonly count: number;
}

/** What became of the packets of one direction. */
export interface PathCounts {
  received: number;
  delivered: number;
  duplicated: number;
  /** Of them, SRTP and SRTCP (RFC 7983). */
  mediaDuplicated: number;
  /** At random, by an outage or by a burst. */
  lost: number;
  /** Because the queue was full. */
  overflowed: number;
  /** Of them, those of the last burst that was asked for. */
  lostInBurst: number;
}
