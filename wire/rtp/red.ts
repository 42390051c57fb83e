import { readU16, writeU16, writeU32 } from '../bytes.ts';
import { RTP_HEADER_BYTES, RtpPacket } from './packet.ts';

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

/**
 * The packet before this one, by the last redundant block, which repeats it; with this one's header extensions. Undefined when
 * there is none.
 */
export function previousOf({ bytes, payloadOffset, payloadEnd, seq, timestamp }: RtpPacket): RtpPacket | undefined {
  let block: { header: number; start: number; length: number } | undefined;
  let redundantBytes = 0;
  let at = payloadOffset;
  for (; at + REDUNDANT_HEADER_BYTES <= payloadEnd && bytes[at]! & 0x80; at += REDUNDANT_HEADER_BYTES) {
    const length = readU16(bytes, at + 2) & 0x3ff;
    block = { header: at, start: redundantBytes, length };
    redundantBytes += length;
  }
  const blocks = at + 1;
  if (!block || block.length === 0 || bytes[at]! & 0x80 || blocks + redundantBytes > payloadEnd) return undefined;
  const start = blocks + block.start;
  const previous = new Uint8Array(payloadOffset + block.length);
  previous.set(bytes.subarray(0, Math.max(payloadOffset, RTP_HEADER_BYTES)));
  previous[0]! &= 0xdf;
  previous[1] = bytes[block.header]! & 0x7f;
  writeU16(previous, 2, (seq - 1) & 0xffff);
  writeU32(previous, 4, (timestamp - (readU16(bytes, block.header + 1) >>> 2)) >>> 0);
  previous.set(bytes.subarray(start, start + block.length), payloadOffset);
  return RtpPacket.parse(previous);
}
