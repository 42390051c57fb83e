import { randomInt } from 'node:crypto';
import { encodeRtp } from '@muon/wire/rtp/encode.ts';

/** Numbers the packets of one stream; all begins at random (RFC 3550 section 5.1). */
export class RtpSender {
  readonly #ssrc = randomInt(2 ** 32);
  readonly #samplesPerPacket: number;
  #seq = randomInt(2 ** 16);
  #timestamp = randomInt(2 ** 32);
  #marker = true;

  constructor(samplesPerPacket: number) {
    this.#samplesPerPacket = samplesPerPacket;
  }

  /** The packet of the next frame; `audioLevel` tells how loud it is, and under which id. */
  next(
    payloadType: number,
    payload: Uint8Array,
    audioLevel?: { readonly id: number; readonly level: number },
  ): Uint8Array {
    const header = { payloadType, marker: this.#marker, seq: this.#seq, timestamp: this.#timestamp, ssrc: this.#ssrc };
    this.#marker = false;
    this.#seq = (this.#seq + 1) & 0xffff;
    this.#advance();
    return encodeRtp(header, payload, audioLevel);
  }

  /** A frame that is not sent; the next packet begins a talk spurt. */
  skip(): void {
    this.#marker = true;
    this.#advance();
  }

  #advance(): void {
    this.#timestamp = (this.#timestamp + this.#samplesPerPacket) >>> 0;
  }
}
