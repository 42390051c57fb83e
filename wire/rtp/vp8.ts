import { ProtocolError } from '../protocol-error.ts';
import type { PictureNumbers } from './picture-numbers.ts';

/** What the payload descriptor of VP8 says (RFC 7741 section 4.2), and of a keyframe its size. */
export interface Vp8Descriptor {
  readonly startsFrame: boolean;
  readonly startsKeyframe: boolean;
  readonly temporal: number;
  /** Y: depends on the lowest temporal layer alone, so that its own layer can be begun here. */
  readonly layerSync: boolean;
  readonly numbers: PictureNumbers | undefined;
  /** Of a keyframe. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

/** Behind the frame tag of a keyframe (RFC 6386 section 9.1). */
const START_CODE = [0x9d, 0x01, 0x2a];

/** @throws ProtocolError when the payload ends within its descriptor. */
export function readVp8(payload: Uint8Array): Vp8Descriptor {
  const first = payload[0] ?? 0;
  let at = 1;
  let temporal = 0;
  let layerSync = false;
  let numbers: PictureNumbers | undefined;
  if (first & 0x80) {
    const present = payload[at++] ?? 0;
    const start = at;
    let pictureIdBits = 0;
    let pictureId = 0;
    let tl0: number | undefined;
    let keyIndex: number | undefined;
    if (present & 0x80) {
      pictureIdBits = (payload[at] ?? 0) & 0x80 ? 15 : 7;
      pictureId = pictureIdBits === 15 ? ((payload[at]! & 0x7f) << 8) | (payload[at + 1] ?? 0) : (payload[at] ?? 0);
      at += pictureIdBits === 15 ? 2 : 1;
    }
    if (present & 0x40) tl0 = payload[at++];
    if (present & 0x30) {
      const layer = payload[at++] ?? 0;
      if (present & 0x20) temporal = layer >>> 6;
      layerSync = (present & 0x20) !== 0 && (layer & 0x20) !== 0;
      if (present & 0x10) keyIndex = layer & 0x1f;
    }
    if (at > payload.length) throw new ProtocolError('VP8 descriptor cut short');
    if (at > start) {
      let value = 0;
      for (let i = start; i < at; i++) value = (value << 8) | payload[i]!;
      const behindTl0 = present & 0x30 ? 8 : 0;
      numbers = {
        offset: start,
        lengthBytes: at - start,
        value: value >>> 0,
        pictureIdBits,
        pictureId,
        pictureIdShift: behindTl0 + (tl0 === undefined ? 0 : 8),
        tl0,
        tl0Shift: behindTl0,
        keyIndex,
      };
    }
  }
  const startsFrame = (first & 0x17) === 0x10;
  const startsKeyframe = startsFrame && at < payload.length && (payload[at]! & 0x01) === 0;
  return {
    startsFrame,
    startsKeyframe,
    temporal,
    layerSync,
    numbers,
    size: startsKeyframe ? readSize(payload, at) : undefined,
  };
}

function readSize(payload: Uint8Array, at: number): { width: number; height: number } | undefined {
  if (at + 10 > payload.length || !START_CODE.every((byte, i) => payload[at + 3 + i] === byte)) return undefined;
  return {
    width: ((payload[at + 7]! << 8) | payload[at + 6]!) & 0x3fff,
    height: ((payload[at + 9]! << 8) | payload[at + 8]!) & 0x3fff,
  };
}
