import { RTP_HEADER_BYTES, RtpPacket } from '@muon/wire/rtp/packet.ts';
import { withTransportSequence } from '@muon/wire/rtp/transport-sequence.ts';
import { headerExtensions } from '../negotiation/header-extensions.ts';

/** X bit of the first byte of RTP (RFC 3550 section 5.1). */
const EXTENSION_BIT = 0x10;

/**
 * A packet as it goes on: without header extension, since a link does not say what its numbers mean, and to a WebRTC
 * client they would mean something else; but with room for a transport-wide number.
 *
 * @throws ProtocolError when the bytes are not RTP.
 */
export function toPlainPacket(bytes: Uint8Array): RtpPacket {
  const packet = RtpPacket.parse(bytes);
  const { id } = headerExtensions.transportSequence;
  if ((bytes[0]! & EXTENSION_BIT) === 0) return withTransportSequence(packet, id);
  const headerBytes = RTP_HEADER_BYTES + 4 * (bytes[0]! & 0x0f);
  const plain = new Uint8Array(headerBytes + bytes.length - packet.payloadOffset);
  plain.set(bytes.subarray(0, headerBytes));
  plain.set(bytes.subarray(packet.payloadOffset), headerBytes);
  plain[0]! &= ~EXTENSION_BIT;
  return withTransportSequence(RtpPacket.parse(plain), id);
}
