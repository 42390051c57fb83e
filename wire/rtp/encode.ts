import { RTP_HEADER_BYTES } from './packet.ts';

/** What a sender without CSRCs and header extensions says in the header of a packet (RFC 3550 section 5.1). */
export interface RtpHeader {
  readonly payloadType: number;
  readonly marker: boolean;
  /** Taken modulo 2^16, the others modulo 2^32. */
  readonly seq: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** As much as one byte can count. */
const MAX_PADDING_BYTES = 255;

/** A plain RTP packet of padding alone, as long as it can be. */
export function encodePadding(header: RtpHeader): Uint8Array {
  const bytes = encodeRtp(header, new Uint8Array(MAX_PADDING_BYTES));
  bytes[0]! |= 0x20;
  bytes[bytes.length - 1] = MAX_PADDING_BYTES;
  return bytes;
}

/** A header extension of one element of one byte, padded to a word (RFC 8285 section 4.2). */
const LEVEL_EXTENSION_BYTES = 8;

/** A plain RTP packet of its own bytes; with `audioLevel`, that is told in the element `id` (RFC 6464). */
export function encodeRtp(
  { payloadType, marker, seq, timestamp, ssrc }: RtpHeader,
  payload: Uint8Array,
  audioLevel?: { readonly id: number; readonly level: number },
): Uint8Array {
  const payloadOffset = RTP_HEADER_BYTES + (audioLevel ? LEVEL_EXTENSION_BYTES : 0);
  const bytes = new Uint8Array(payloadOffset + payload.length);
  bytes[0] = audioLevel ? 0x90 : 0x80;
  bytes[1] = (marker ? 0x80 : 0) | payloadType;
  const view = new DataView(bytes.buffer);
  view.setUint16(2, seq);
  view.setUint32(4, timestamp);
  view.setUint32(8, ssrc);
  if (audioLevel) {
    view.setUint32(RTP_HEADER_BYTES, 0xbede_0001);
    bytes[RTP_HEADER_BYTES + 4] = audioLevel.id << 4;
    bytes[RTP_HEADER_BYTES + 5] = audioLevel.level;
  }
  bytes.set(payload, payloadOffset);
  return bytes;
}
