import { readU16 } from '../bytes.ts';
import { ProtocolError } from '../protocol-error.ts';
import type { PictureNumbers } from './picture-numbers.ts';

/** What the payload descriptor of VP9 says (RFC 9628 section 4.2). A frame is one spatial layer of a picture. */
export interface Vp9Descriptor {
  readonly startsFrame: boolean;
  readonly endsFrame: boolean;
  /** P: depends on earlier pictures. */
  readonly predicted: boolean;
  readonly spatial: number;
  readonly temporal: number;
  /** U: higher temporal layers than this one can be begun behind this picture. */
  readonly switchingUp: boolean;
  /** Z: no higher spatial layer of the picture depends on this one. */
  readonly unusedAbove: boolean;
  readonly numbers: PictureNumbers | undefined;
  /** Of each spatial layer, where the scalability structure tells them. */
  readonly sizes: readonly { readonly width: number; readonly height: number }[] | undefined;
}

/** @throws ProtocolError when the payload ends within its descriptor. */
export function readVp9(payload: Uint8Array): Vp9Descriptor {
  const first = payload[0] ?? 0;
  const flexible = (first & 0x10) !== 0;
  let at = 1;
  let spatial = 0;
  let temporal = 0;
  let switchingUp = false;
  let pictureIdBits = 0;
  let pictureId = 0;
  let tl0: number | undefined;
  if (first & 0x80) {
    pictureIdBits = (payload[at] ?? 0) & 0x80 ? 15 : 7;
    pictureId = pictureIdBits === 15 ? ((payload[at]! & 0x7f) << 8) | (payload[at + 1] ?? 0) : (payload[at] ?? 0);
    at += pictureIdBits === 15 ? 2 : 1;
  }
  if (first & 0x20) {
    const layer = payload[at++] ?? 0;
    temporal = layer >>> 5;
    switchingUp = (layer & 0x10) !== 0;
    spatial = (layer >>> 1) & 0x07;
    if (!flexible) tl0 = payload[at++];
  }
  const numbersEnd = at;
  if (flexible && first & 0x40) {
    // Up to three references to earlier pictures, each of which says whether another follows.
    for (let i = 0; i < 3; i++) if (((payload[at++] ?? 0) & 0x01) === 0) break;
  }
  if (at > payload.length) throw new ProtocolError('VP9 descriptor cut short');
  return {
    startsFrame: (first & 0x08) !== 0,
    endsFrame: (first & 0x04) !== 0,
    predicted: (first & 0x40) !== 0,
    spatial,
    temporal,
    switchingUp,
    unusedAbove: (first & 0x01) !== 0,
    numbers: readNumbers(payload, numbersEnd, pictureIdBits, pictureId, tl0),
    sizes: first & 0x02 ? readSizes(payload, at) : undefined,
  };
}

function readNumbers(
  payload: Uint8Array,
  end: number,
  pictureIdBits: number,
  pictureId: number,
  tl0: number | undefined,
): PictureNumbers | undefined {
  if (pictureIdBits === 0 && tl0 === undefined) return undefined;
  let value = 0;
  for (let i = 1; i < end; i++) value = (value << 8) | payload[i]!;
  const behindPictureId = end - 1 - (pictureIdBits === 15 ? 2 : pictureIdBits === 7 ? 1 : 0);
  return {
    offset: 1,
    lengthBytes: end - 1,
    value: value >>> 0,
    pictureIdBits,
    pictureId,
    pictureIdShift: 8 * behindPictureId,
    tl0,
    tl0Shift: 0,
    keyIndex: undefined,
  };
}

function readSizes(payload: Uint8Array, start: number): { width: number; height: number }[] | undefined {
  const header = payload[start] ?? 0;
  if ((header & 0x10) === 0) return undefined;
  const count = (header >>> 5) + 1;
  if (start + 1 + 4 * count > payload.length) throw new ProtocolError('VP9 scalability structure cut short');
  return Array.from({ length: count }, (_, i) => ({
    width: readU16(payload, start + 1 + 4 * i),
    height: readU16(payload, start + 3 + 4 * i),
  }));
}
