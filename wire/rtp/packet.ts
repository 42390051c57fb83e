import { readU16, readU32 } from '../bytes.ts';
import { ProtocolError } from '../protocol-error.ts';

/** The fixed part of an RTP header (RFC 3550 section 5.1). */
export const RTP_HEADER_BYTES = 12;

/**
 * A plain RTP packet: its bytes and where its parts lie. The bytes are never changed once the packet exists, so whoever
 * gets it may keep it.
 */
export class RtpPacket {
  readonly bytes: Uint8Array;
  /** Where the payload begins, behind CSRCs and header extension. */
  readonly payloadOffset: number;
  /** Where the payload ends, before the padding. */
  readonly payloadEnd: number;

  private constructor(bytes: Uint8Array, payloadOffset: number, payloadEnd: number) {
    this.bytes = bytes;
    this.payloadOffset = payloadOffset;
    this.payloadEnd = payloadEnd;
  }

  /**
   * A packet over these bytes, which it keeps.
   *
   * @throws ProtocolError when they are not RTP version 2 or a length runs past them.
   */
  static parse(bytes: Uint8Array): RtpPacket {
    const payloadOffset = rtpHeaderLength(bytes);
    if (payloadOffset === undefined) throw new ProtocolError('not an RTP packet');
    const paddingBytes = bytes[0]! & 0x20 ? bytes[bytes.length - 1]! : 0;
    if (bytes[0]! & 0x20 && paddingBytes === 0) throw new ProtocolError('RTP padding of no bytes');
    const payloadEnd = bytes.length - paddingBytes;
    if (payloadEnd < payloadOffset) throw new ProtocolError('RTP padding longer than the packet');
    return new RtpPacket(bytes, payloadOffset, payloadEnd);
  }

  get marker(): boolean {
    return (this.bytes[1]! & 0x80) !== 0;
  }

  get payloadType(): number {
    return this.bytes[1]! & 0x7f;
  }

  get seq(): number {
    return readU16(this.bytes, 2);
  }

  get timestamp(): number {
    return readU32(this.bytes, 4);
  }

  get ssrc(): number {
    return readU32(this.bytes, 8);
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadOffset, this.payloadEnd);
  }
}

/**
 * How long the header is, CSRCs and extension included; undefined when the bytes are not RTP version 2. Reads nothing
 * behind the header, so it also serves for packets whose payload is still encrypted.
 */
export function rtpHeaderLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < RTP_HEADER_BYTES || bytes[0]! >>> 6 !== 2) return undefined;
  let length = RTP_HEADER_BYTES + 4 * (bytes[0]! & 0x0f);
  if (bytes[0]! & 0x10) {
    if (bytes.length < length + 4) return undefined;
    length += 4 + 4 * readU16(bytes, length + 2);
  }
  return length <= bytes.length ? length : undefined;
}

/** Whether a datagram with the first byte of RTP is RTCP, by its packet type (RFC 5761 section 4). */
export function isRtcp(bytes: Uint8Array): boolean {
  const type = bytes[1] ?? 0;
  return type >= 192 && type <= 223;
}
