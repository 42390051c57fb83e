import { readU16, writeU16, writeU32 } from '../bytes.ts';
import { RTP_HEADER_BYTES, RtpPacket } from './packet.ts';

/** The original sequence number in front of a retransmitted payload (RFC 4588 section 4). */
const OSN_BYTES = 2;

/** What a retransmission replaces in a packet's header. */
export interface RtxHeader {
  readonly payloadType: number;
  readonly ssrc: number;
  readonly seq: number;
  readonly timestamp: number;
}

/** The retransmission of a packet that was first sent with `originalSeq` (RFC 4588). */
export function wrapRtx(packet: RtpPacket, originalSeq: number, header: RtxHeader): Uint8Array {
  const { bytes, payloadOffset, payloadEnd } = packet;
  const rtx = new Uint8Array(payloadEnd + OSN_BYTES);
  rtx.set(bytes.subarray(0, payloadOffset));
  rtx[0]! &= 0xdf;
  rtx[1] = (bytes[1]! & 0x80) | header.payloadType;
  writeU16(rtx, 2, header.seq);
  writeU32(rtx, 4, header.timestamp);
  writeU32(rtx, 8, header.ssrc);
  writeU16(rtx, payloadOffset, originalSeq);
  rtx.set(bytes.subarray(payloadOffset, payloadEnd), payloadOffset + OSN_BYTES);
  return rtx;
}

/** The packet that a retransmission repeats; undefined when it repeats none, as probes for bandwidth do. */
export function unwrapRtx(rtx: RtpPacket, original: { payloadType: number; ssrc: number }): RtpPacket | undefined {
  const { bytes, payloadOffset, payloadEnd } = rtx;
  if (payloadEnd - payloadOffset <= OSN_BYTES) return undefined;
  const packet = new Uint8Array(payloadEnd - OSN_BYTES);
  packet.set(bytes.subarray(0, Math.max(payloadOffset, RTP_HEADER_BYTES)));
  packet[0]! &= 0xdf;
  packet[1] = (bytes[1]! & 0x80) | original.payloadType;
  writeU16(packet, 2, readU16(bytes, payloadOffset));
  writeU32(packet, 8, original.ssrc);
  packet.set(bytes.subarray(payloadOffset + OSN_BYTES, payloadEnd), payloadOffset);
  return RtpPacket.parse(packet);
}
