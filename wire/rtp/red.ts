import { RtpPacket } from './packet.ts';

/** A block of redundant audio has a header of four bytes, the primary one, which is the last, of one (RFC 2198 section 3). */
const REDUNDANT_HEADER_BYTES = 4;

/** Gives all blocks of a RED payload the same payload type, in place; false when the payload is none. */
export function renumberRed(packet: Uint8Array, start: number, end: number, payloadType: number): boolean {
  for (let at = start; at < end; at += REDUNDANT_HEADER_BYTES) {
    const follows = packet[at]! & 0x80;
    packet[at] = follows | payloadType;
    if (!follows) return true;
  }
  return false;
}

/** The packet without its redundant blocks, as its primary payload type; undefined when it is malformed. */
export function withoutRedundancy({ bytes, payloadOffset, payloadEnd }: RtpPacket): RtpPacket | undefined {
  let redundantBytes = 0;
  let at = payloadOffset;
  while (at + REDUNDANT_HEADER_BYTES <= payloadEnd && bytes[at]! & 0x80) {
    redundantBytes += ((bytes[at + 2]! & 0x03) << 8) | bytes[at + 3]!;
    at += REDUNDANT_HEADER_BYTES;
  }
  const primary = at + 1 + redundantBytes;
  if (at >= payloadEnd || bytes[at]! & 0x80 || primary > payloadEnd) return undefined;
  const plain = new Uint8Array(payloadOffset + payloadEnd - primary);
  plain.set(bytes.subarray(0, payloadOffset));
  plain[0]! &= 0xdf;
  plain[1] = (bytes[1]! & 0x80) | (bytes[at]! & 0x7f);
  plain.set(bytes.subarray(primary, payloadEnd), payloadOffset);
  return RtpPacket.parse(plain);
}
