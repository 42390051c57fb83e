import { readU16, writeU16, writeU32 } from '../bytes.ts';
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

/** What comes again in a packet: how long before it, in ticks of its clock, and where its bytes are. */
interface Block {
  readonly payloadType: number;
  readonly ticksBefore: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The packet before this one, by the last redundant block, which repeats it, with the blocks before that as its own
 * redundancy; with this one's header extensions. Undefined when there is none.
 */
export function previousOf(packet: RtpPacket): RtpPacket | undefined {
  const blocks = redundantBlocks(packet);
  const primary = blocks?.at(-1);
  if (!blocks || !primary || primary.start === primary.end) return undefined;
  const earlier = blocks.slice(0, -1).filter(({ ticksBefore }) => ticksBefore > primary.ticksBefore);
  const { bytes, payloadOffset, payloadType, seq, timestamp } = packet;
  const headers = earlier.flatMap((block) => blockHeader(block, primary.ticksBefore));
  const start = payloadOffset + (earlier.length > 0 ? headers.length + 1 : 0);
  const contents = [...earlier, primary];
  const previous = new Uint8Array(start + contents.reduce((sum, block) => sum + block.end - block.start, 0));
  previous.set(bytes.subarray(0, payloadOffset));
  previous[0]! &= 0xdf;
  previous[1] = earlier.length > 0 ? payloadType : primary.payloadType;
  writeU16(previous, 2, (seq - 1) & 0xffff);
  writeU32(previous, 4, (timestamp - primary.ticksBefore) >>> 0);
  if (earlier.length > 0) previous.set([...headers, primary.payloadType], payloadOffset);
  let at = start;
  for (const block of contents) {
    previous.set(bytes.subarray(block.start, block.end), at);
    at += block.end - block.start;
  }
  return RtpPacket.parse(previous);
}

/** The oldest first; undefined when the payload is malformed. */
function redundantBlocks({ bytes, payloadOffset, payloadEnd }: RtpPacket): Block[] | undefined {
  const blocks: Block[] = [];
  let sizeBytes = 0;
  let at = payloadOffset;
  for (; at + REDUNDANT_HEADER_BYTES <= payloadEnd && bytes[at]! & 0x80; at += REDUNDANT_HEADER_BYTES) {
    const length = readU16(bytes, at + 2) & 0x3ff;
    const ticksBefore = readU16(bytes, at + 1) >>> 2;
    blocks.push({ payloadType: bytes[at]! & 0x7f, ticksBefore, start: sizeBytes, end: sizeBytes + length });
    sizeBytes += length;
  }
  const contents = at + 1;
  if (at >= payloadEnd || bytes[at]! & 0x80 || contents + sizeBytes > payloadEnd) return undefined;
  return blocks.map((block) => ({ ...block, start: contents + block.start, end: contents + block.end }));
}

/** As it stands in a packet that is so many ticks older. */
function blockHeader({ payloadType, ticksBefore, start, end }: Block, olderTicks: number): number[] {
  const fields = ((ticksBefore - olderTicks) << 10) | (end - start);
  return [0x80 | payloadType, fields >>> 16, (fields >>> 8) & 0xff, fields & 0xff];
}
