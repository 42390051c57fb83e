import { writeU16, writeU32 } from '@muon/wire/bytes.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';

/** Bytes of a plain packet that one copy of it has different. */
export interface PacketEdit {
  /** From the beginning of the packet; must not reach from the header into the payload. */
  offset: number;
  /** 0 to 4; 0 for none. */
  length: number;
  /** In network order, in the lowest bytes. */
  value: number;
}

/** Makes the edit in a copy of the packet. */
export function writeEdit(copy: Uint8Array, { offset, length, value }: Readonly<PacketEdit>): void {
  let rest = value;
  for (let at = offset + length - 1; at >= offset; at--) {
    copy[at] = rest;
    rest >>>= 8;
  }
}

/** What one copy of a packet has of its own. */
export interface OwnFields {
  readonly ssrc: number;
  readonly seq: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly edit: Readonly<PacketEdit>;
}

/** The packet with these fields; itself when they are its own already. */
export function withFields(packet: RtpPacket, fields: OwnFields): RtpPacket {
  const { ssrc, seq, timestamp, marker, edit } = fields;
  const same = packet.seq === seq && packet.timestamp === timestamp && packet.ssrc === ssrc && packet.marker === marker;
  if (same && edit.length === 0) return packet;
  const copy = Uint8Array.from(packet.bytes);
  copy[1] = (marker ? 0x80 : 0) | packet.payloadType;
  writeU16(copy, 2, seq);
  writeU32(copy, 4, timestamp);
  writeU32(copy, 8, ssrc);
  writeEdit(copy, edit);
  return RtpPacket.parse(copy);
}
