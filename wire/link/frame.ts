import { ProtocolError } from '../protocol-error.ts';

/** A packet of a link: plain RTP or RTCP of the track that its sender gave this number. */
export interface LinkPacket {
  /** 0 to 65535. */
  readonly number: number;
  /** At most 65535 bytes. RTCP is told from RTP by its second byte (RFC 5761 section 4). */
  readonly packet: Uint8Array;
}

/** Track number and length in front of each packet, both u16 in network order. */
const HEADER_BYTES = 4;

/** No RTP or RTCP packet is shorter than an RTCP header with its SSRC. */
const MIN_PACKET_BYTES = 8;

/** One binary frame of a link: a batch of packets, each behind its track number and length. */
export function encodeLinkFrame(packets: readonly LinkPacket[]): Uint8Array {
  let size = 0;
  for (const { packet } of packets) size += HEADER_BYTES + packet.length;
  const frame = new Uint8Array(size);
  let at = 0;
  for (const { number, packet } of packets) {
    frame[at] = number >>> 8;
    frame[at + 1] = number;
    frame[at + 2] = packet.length >>> 8;
    frame[at + 3] = packet.length;
    frame.set(packet, at + HEADER_BYTES);
    at += HEADER_BYTES + packet.length;
  }
  return frame;
}

/**
 * The packets of a binary frame, as views into it.
 *
 * @throws ProtocolError when a length runs past the frame or is too short for RTP and RTCP.
 */
export function decodeLinkFrame(frame: Uint8Array): LinkPacket[] {
  const packets: LinkPacket[] = [];
  let at = 0;
  while (at < frame.length) {
    if (at + HEADER_BYTES > frame.length) throw new ProtocolError('link frame ends within a packet header');
    const number = (frame[at]! << 8) | frame[at + 1]!;
    const length = (frame[at + 2]! << 8) | frame[at + 3]!;
    at += HEADER_BYTES;
    if (length < MIN_PACKET_BYTES) throw new ProtocolError(`link packet of ${length} bytes`);
    if (at + length > frame.length) throw new ProtocolError('link packet runs past its frame');
    packets.push({ number, packet: frame.subarray(at, at + length) });
    at += length;
  }
  return packets;
}
