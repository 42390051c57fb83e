import { withNumbers, type PictureNumbers } from '@muon/wire/rtp/picture-numbers.ts';
import { NumberMap } from './number-map.ts';
import type { PacketEdit } from './packet-edit.ts';

/**
 * Counts the pictures of an outgoing stream on, across encodings and pictures that are left out, in the numbers of VP8's
 * and VP9's payload descriptors. A decoder that finds a picture id missing waits for it.
 */
export class PictureRewriter {
  /** Whether pictures that are left out leave no gap; else only another encoding is counted on from the last. */
  readonly #closesGaps: boolean;
  readonly #pictures = new NumberMap();
  /** The latest picture id of the source, counted on past its wraps. */
  #latest: number | undefined;
  #pictureOffset = 0;
  #tl0Offset = 0;
  #keyOffset = 0;
  #highestPicture: number | undefined;
  #highestTl0: number | undefined;
  #highestKey: number | undefined;

  /** VP8's are to leave no gap; VP9's decoders know from them which temporal layer a missing picture was in. */
  constructor(closesGaps: boolean) {
    this.#closesGaps = closesGaps;
  }

  /** Another encoding begins, with this picture. */
  begin({ pictureId, tl0, keyIndex }: PictureNumbers): void {
    this.#latest = pictureId;
    this.#pictures.restart(pictureId);
    this.#pictureOffset = this.#highestPicture === undefined ? 0 : this.#highestPicture + 1 - pictureId;
    this.#tl0Offset = this.#highestTl0 === undefined || tl0 === undefined ? 0 : this.#highestTl0 + 1 - tl0;
    this.#keyOffset = this.#highestKey === undefined || keyIndex === undefined ? 0 : this.#highestKey + 1 - keyIndex;
  }

  /** A picture that doesn't go on; again for each of its packets. */
  leaveOut(numbers: PictureNumbers): void {
    if (this.#closesGaps && numbers.pictureIdBits > 0) this.#pictures.omit(this.#unwrap(numbers), false);
  }

  /**
   * Sets what to change in a packet that goes on, of which the payload begins at `payloadAt`; false when its picture was
   * left out, and it comes too late.
   */
  rewrite(numbers: PictureNumbers, payloadAt: number, edit: PacketEdit): boolean {
    const { tl0, keyIndex, pictureIdBits } = numbers;
    let pictureId = 0;
    if (pictureIdBits > 0) {
      const source = this.#unwrap(numbers);
      const kept = this.#closesGaps ? this.#pictures.keep(source, false) : source;
      if (kept === undefined) return false;
      pictureId = kept + this.#pictureOffset;
      this.#highestPicture = Math.max(this.#highestPicture ?? pictureId, pictureId);
    }
    const newTl0 = ((tl0 ?? 0) + this.#tl0Offset) & 0xff;
    const newKey = ((keyIndex ?? 0) + this.#keyOffset) & 0x1f;
    if (tl0 !== undefined && isAhead(newTl0, this.#highestTl0, 8)) this.#highestTl0 = newTl0;
    if (keyIndex !== undefined && isAhead(newKey, this.#highestKey, 5)) this.#highestKey = newKey;
    edit.offset = payloadAt + numbers.offset;
    edit.value = withNumbers(numbers, pictureId, newTl0, newKey);
    edit.length = edit.value === numbers.value ? 0 : numbers.lengthBytes;
    return true;
  }

  /** The picture id past its wraps. */
  #unwrap({ pictureId, pictureIdBits }: PictureNumbers): number {
    this.#latest ??= pictureId;
    const unwrapped = this.#latest + distance(pictureId, this.#latest, pictureIdBits);
    if (unwrapped > this.#latest) this.#latest = unwrapped;
    return unwrapped;
  }
}

/** How far `a` is ahead of `b` among numbers of so many bits. */
function distance(a: number, b: number, bits: number): number {
  return ((a - b) << (32 - bits)) >> (32 - bits);
}

function isAhead(a: number, b: number | undefined, bits: number): boolean {
  return b === undefined || distance(a, b, bits) > 0;
}
