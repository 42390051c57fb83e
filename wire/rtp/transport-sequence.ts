import { writeU16 } from '../bytes.ts';
import { RTP_HEADER_BYTES, RtpPacket } from './packet.ts';

// Room for a transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2): an element of
// two bytes, first in the header extension, which each copy of a packet gets its own number in.

/** The element with its extension's header and padding, in the one-byte form (RFC 8285 section 4.2). */
const EXTENSION_BYTES = 8;

/** Where the number goes in a packet that has room for it under this id; undefined in one that has none. */
export function transportSequenceOffset(packet: Uint8Array, id: number): number | undefined {
  if ((packet[0]! & 0x10) === 0) return undefined;
  const at = RTP_HEADER_BYTES + 4 * (packet[0]! & 0x0f);
  if (packet[at] === 0xbe) return packet[at + 4] === ((id << 4) | 1) ? at + 5 : undefined;
  return packet[at] === 0x10 && packet[at + 4] === id && packet[at + 5] === 2 ? at + 6 : undefined;
}

/** A packet as it is, or a copy with room for the number where it has no header extension at all. */
export function withTransportSequence(packet: RtpPacket, id: number): RtpPacket {
  const { bytes } = packet;
  if (bytes[0]! & 0x10) return packet;
  const headerBytes = packet.payloadOffset;
  const copy = new Uint8Array(bytes.length + EXTENSION_BYTES);
  copy.set(bytes.subarray(0, headerBytes));
  copy[0]! |= 0x10;
  writeU16(copy, headerBytes, 0xbede);
  writeU16(copy, headerBytes + 2, EXTENSION_BYTES / 4 - 1);
  copy[headerBytes + 4] = (id << 4) | 1;
  copy.set(bytes.subarray(headerBytes), headerBytes + EXTENSION_BYTES);
  return RtpPacket.parse(copy);
}
