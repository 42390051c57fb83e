/** Number and length in front of each packet, as in wire/link/frame.ts. */
const HEADER_BYTES = 4;

/** A frame is sent at this size even within a tick; far below what the other side takes at most. */
const FULL_BYTES = 128 * 1024;

/**
 * Gathers the packets of one tick into one frame, in a buffer that is used again: a packet costs one copy and no
 * allocation, a frame one allocation.
 */
export class LinkOutbox {
  readonly #buffer = Buffer.allocUnsafeSlow(FULL_BYTES);
  readonly #send: (frame: Buffer) => void;
  #used = 0;
  #scheduled = false;

  constructor(send: (frame: Buffer) => void) {
    this.#send = send;
  }

  /** Adds a packet of at most 65535 bytes; it goes out at the end of this tick. */
  push(number: number, packet: Uint8Array): void {
    if (this.#used + HEADER_BYTES + packet.length > FULL_BYTES) this.flush();
    this.#used = this.#buffer.writeUInt16BE(number, this.#used);
    this.#used = this.#buffer.writeUInt16BE(packet.length, this.#used);
    this.#buffer.set(packet, this.#used);
    this.#used += packet.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.#used === 0) return;
    const frame = Buffer.from(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
    this.#send(frame);
  }
}
