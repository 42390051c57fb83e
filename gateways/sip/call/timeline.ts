/** Continues a 32-bit RTP timestamp beyond its wraps (RFC 3550 section 5.1). */
export class Timeline {
  #last: number | undefined;

  /** The timestamp as a count that does not wrap; steps backwards are followed too. */
  unwrap(timestamp: number): number {
    const last = this.#last ?? timestamp;
    this.#last = last + ((timestamp - last) | 0);
    return this.#last;
  }
}
