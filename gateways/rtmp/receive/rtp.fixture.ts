import { RtpPacket } from '@muon/wire/rtp/packet.ts';

export interface RtpFields {
  readonly seq: number;
  readonly timestamp?: number;
  readonly marker?: boolean;
  readonly payload?: readonly number[];
}

/** A plain RTP packet. */
export function rtp({ seq, timestamp = 0, marker = false, payload = [1] }: RtpFields): RtpPacket {
  const bytes = Buffer.alloc(12 + payload.length);
  bytes[0] = 0x80;
  bytes[1] = 96 | (marker ? 0x80 : 0);
  bytes.writeUInt16BE(seq & 0xffff, 2);
  bytes.writeUInt32BE(timestamp >>> 0, 4);
  bytes.set(payload, 12);
  return RtpPacket.parse(bytes);
}
