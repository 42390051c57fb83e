import { writeU16, writeU32 } from '../bytes.ts';
import { RtpPacket } from './packet.ts';

/** A small RTP packet; what is not given does not matter to the test. */
export function rtpPacket(
  fields: { ssrc?: number; seq?: number; timestamp?: number; payloadType?: number; marker?: boolean } = {},
  payload: readonly number[] | Uint8Array = [0x90, 0x80, 0x01, 0x00],
): RtpPacket {
  const bytes = new Uint8Array(12 + payload.length);
  bytes[0] = 0x80;
  bytes[1] = (fields.marker ? 0x80 : 0) | (fields.payloadType ?? 96);
  writeU16(bytes, 2, fields.seq ?? 0);
  writeU32(bytes, 4, fields.timestamp ?? 0);
  writeU32(bytes, 8, fields.ssrc ?? 1);
  bytes.set(payload, 12);
  return RtpPacket.parse(bytes);
}
