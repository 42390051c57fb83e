/**
 * The numbers in a video payload descriptor that count on from picture to picture, within at most four bytes in a row.
 * Whoever makes one stream of several, or leaves pictures out, has to count anew.
 */
export interface PictureNumbers {
  /** Where the bytes begin in the payload. */
  readonly offset: number;
  readonly lengthBytes: number;
  /** The bytes, in network order. */
  readonly value: number;
  /** 7 or 15; 0 without a picture id. */
  readonly pictureIdBits: number;
  readonly pictureId: number;
  /** How far the picture id is from the lowest bit of `value`. */
  readonly pictureIdShift: number;
  /** TL0PICIDX, 8 bits: counts the pictures of the lowest temporal layer; undefined without. */
  readonly tl0: number | undefined;
  readonly tl0Shift: number;
  /** KEYIDX of VP8, the lowest 5 bits of `value`: counts keyframes; undefined without. */
  readonly keyIndex: number | undefined;
}

/** The same bytes with other numbers in them. */
export function withNumbers(numbers: PictureNumbers, pictureId: number, tl0: number, keyIndex: number): number {
  let { value } = numbers;
  if (numbers.pictureIdBits > 0) {
    const mask = (1 << numbers.pictureIdBits) - 1;
    value = replaceBits(value, mask, numbers.pictureIdShift, pictureId);
  }
  if (numbers.tl0 !== undefined) value = replaceBits(value, 0xff, numbers.tl0Shift, tl0);
  if (numbers.keyIndex !== undefined) value = replaceBits(value, 0x1f, 0, keyIndex);
  return value >>> 0;
}

function replaceBits(value: number, mask: number, shift: number, bits: number): number {
  return (value & ~(mask << shift)) | ((bits & mask) << shift);
}
