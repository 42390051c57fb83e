/** The latest packets of one stream as they were sent, to be sent again byte by byte. */
export class SentPackets {
  readonly #packets: (Uint8Array | undefined)[];
  readonly #seqs: Uint16Array;

  /** Keeps the latest `size` packets, a power of two. */
  constructor(size: number) {
    this.#packets = Array.from({ length: size });
    this.#seqs = new Uint16Array(size);
  }

  add(seq: number, packet: Uint8Array): void {
    const place = seq % this.#packets.length;
    this.#packets[place] = packet;
    this.#seqs[place] = seq;
  }

  /** Undefined when it is gone. */
  find(seq: number): Uint8Array | undefined {
    const place = seq % this.#packets.length;
    return this.#seqs[place] === seq ? this.#packets[place] : undefined;
  }
}
