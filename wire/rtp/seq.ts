/** How far 16-bit `a` is ahead of `b`, from -32768 to 32767 (RFC 3550, appendix A.1). */
export function seqDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** How far 32-bit timestamp `a` is ahead of `b`, from -2^31 to 2^31 - 1. */
export function timestampDistance(a: number, b: number): number {
  return (a - b) | 0;
}

/** Counts 16-bit numbers on past their wraps. */
export class SeqUnwrapper {
  #latest: number | undefined;

  /** The number that `seq` stands for, next to the ones before; the first is itself. */
  unwrap(seq: number): number {
    const unwrapped = this.peek(seq);
    if (this.#latest === undefined || unwrapped > this.#latest) this.#latest = unwrapped;
    return unwrapped;
  }

  /** As {@link unwrap}, but remembers nothing. */
  peek(seq: number): number {
    return this.#latest === undefined ? seq : this.#latest + seqDistance(seq, this.#latest & 0xffff);
  }
}
