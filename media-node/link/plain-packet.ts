import { RTP_HEADER_BYTES, RtpPacket } from '@muon/wire/rtp/packet.ts';

/** X bit of the first byte of RTP (RFC 3550 section 5.1). */
const EXTENSION_BIT = 0x10;

/**
 * A packet without header extension: a link does not say what its numbers mean, and to a WebRTC client they would mean
 * something else.
 *
 * @throws ProtocolError when the bytes are not RTP.
 */
export function toPlainPacket(bytes: Uint8Array): RtpPacket {
  const packet = RtpPacket.parse(bytes);
  if ((bytes[0]! & EXTENSION_BIT) === 0) return packet;
  const headerBytes = RTP_HEADER_BYTES + 4 * (bytes[0]! & 0x0f);
  const plain = new Uint8Array(headerBytes + bytes.length - packet.payloadOffset);
  plain.set(bytes.subarray(0, headerBytes));
  plain.set(bytes.subarray(packet.payloadOffset), headerBytes);
  plain[0]! &= ~EXTENSION_BIT;
  return RtpPacket.parse(plain);
}
