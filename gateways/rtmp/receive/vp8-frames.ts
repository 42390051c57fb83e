import { ProtocolError } from '@muon/wire/protocol-error.ts';
import type { OrderedPacket } from './reorder.ts';

/** One coded picture, whole. */
export interface CodedFrame {
  readonly data: Uint8Array;
  readonly timestamp: number;
  readonly arrivalMs: number;
  readonly keyframe: boolean;
}

/** No picture that a browser sends comes near this. */
const MAX_FRAME_BYTES = 2 * 1024 * 1024;

/** Puts VP8 pictures together from their packets (RFC 7741); after a loss, nothing until the next keyframe. */
export class Vp8Frames {
  #parts: Uint8Array[] = [];
  #timestamp: number | undefined;
  #sizeBytes = 0;
  #needsKeyframe = true;

  /** Whether only a keyframe helps. */
  get needsKeyframe(): boolean {
    return this.#needsKeyframe;
  }

  /**
   * Takes the next packet; gives the picture that it completes.
   *
   * @throws ProtocolError when it is no VP8; then a keyframe is needed.
   */
  push({ packet, arrivalMs, afterLoss }: OrderedPacket): CodedFrame | undefined {
    if (afterLoss) this.#break();
    const { payload, timestamp } = packet;
    // Padding that probes for bandwidth carries nothing.
    if (payload.length === 0) return undefined;
    const { start, headerBytes } = this.#descriptor(payload);
    if (start) this.#begin(timestamp);
    if (this.#timestamp !== timestamp) return undefined;
    this.#add(payload.subarray(headerBytes));
    return packet.marker ? this.#complete(timestamp, arrivalMs) : undefined;
  }

  #descriptor(payload: Uint8Array): { readonly start: boolean; readonly headerBytes: number } {
    const headerBytes = descriptorLength(payload);
    if (headerBytes < payload.length) return { start: (payload[0]! & 0x1f) === 0x10, headerBytes };
    this.#break();
    throw new ProtocolError('VP8 packet without payload');
  }

  #begin(timestamp: number): void {
    // The picture before never ended: its end is missing.
    if (this.#timestamp !== undefined) this.#break();
    this.#timestamp = timestamp;
    this.#parts = [];
    this.#sizeBytes = 0;
  }

  #add(part: Uint8Array): void {
    this.#sizeBytes += part.length;
    if (this.#sizeBytes > MAX_FRAME_BYTES) this.#break();
    else this.#parts.push(part);
  }

  #complete(timestamp: number, arrivalMs: number): CodedFrame | undefined {
    if (this.#timestamp === undefined) return undefined;
    const data = Buffer.concat(this.#parts);
    this.#timestamp = undefined;
    this.#parts = [];
    // RFC 6386 section 9.1: the lowest bit of a picture tells an interframe.
    const keyframe = (data[0]! & 1) === 0;
    if (keyframe) this.#needsKeyframe = false;
    return this.#needsKeyframe ? undefined : { data, timestamp, arrivalMs, keyframe };
  }

  #break(): void {
    this.#needsKeyframe = true;
    this.#timestamp = undefined;
    this.#parts = [];
  }
}

/** How long the payload descriptor is (RFC 7741 section 4.2). */
function descriptorLength(payload: Uint8Array): number {
  if (!(payload[0]! & 0x80)) return 1;
  const extensions = payload[1] ?? 0;
  let length = 2;
  if (extensions & 0x80) length += (payload[length] ?? 0) & 0x80 ? 2 : 1;
  if (extensions & 0x40) length += 1;
  if (extensions & 0x30) length += 1;
  return length;
}
