import { ProtocolError } from './protocol-error.ts';

/** Reads bits, the highest of each byte first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** Over `lengthBytes` bytes from `offset`. */
  constructor(bytes: Uint8Array, offset: number, lengthBytes: number) {
    this.#bytes = bytes;
    this.#at = offset * 8;
    this.#end = (offset + lengthBytes) * 8;
  }

  /** An unsigned number of up to 31 bits. @throws ProtocolError when there are not as many left. */
  read(bits: number): number {
    if (this.#at + bits > this.#end) throw new ProtocolError('bits run past their end');
    let value = 0;
    for (let left = bits; left > 0; left--, this.#at++) {
      value = (value << 1) | ((this.#bytes[this.#at >>> 3]! >>> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  /** A number below `count`, in as few bits as that takes: `ns(n)` of the AV1 specification, section 4.10.7. */
  readBelow(count: number): number {
    const bits = 32 - Math.clz32(count);
    const short = (1 << bits) - count;
    const value = this.read(bits - 1);
    return value < short ? value : (value << 1) - short + this.read(1);
  }
}
