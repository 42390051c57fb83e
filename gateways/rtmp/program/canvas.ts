import type { Tile } from '../layout/grid.ts';

/** Planar 4:2:0: luma, and both chroma planes at half the size. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly [Plane, Plane, Plane];
}

export interface Plane {
  readonly bytes: Uint8Array;
  /** Bytes from one row to the next. */
  readonly stride: number;
}

export type Colour = readonly [y: number, u: number, v: number];

/** The picture that a program is composed on. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** All three planes, one behind the other without padding. */
  readonly bytes: Uint8Array;
  readonly #planes: readonly [Plane, Plane, Plane];

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    const luma = width * height;
    const chroma = luma / 4;
    this.bytes = new Uint8Array(luma + 2 * chroma);
    this.#planes = [
      { bytes: this.bytes.subarray(0, luma), stride: width },
      { bytes: this.bytes.subarray(luma, luma + chroma), stride: width / 2 },
      { bytes: this.bytes.subarray(luma + chroma), stride: width / 2 },
    ];
  }

  /** Paints a tile in one colour. */
  paint(tile: Tile, colour: Colour): void {
    this.#planes.forEach(({ bytes, stride }, i) => {
      const { x, y, width, height } = inPlane(tile, i);
      for (let row = y; row < y + height; row += 1) {
        bytes.fill(colour[i]!, row * stride + x, row * stride + x + width);
      }
    });
  }

  /** Copies a picture to where its tile begins; both are of one size. */
  draw(tile: Tile, picture: Picture): void {
    this.#planes.forEach(({ bytes, stride }, i) => {
      const source = picture.planes[i]!;
      const { x, y, width, height } = inPlane(tile, i);
      for (let row = 0; row < height; row += 1) {
        const from = row * source.stride;
        bytes.set(source.bytes.subarray(from, from + width), (y + row) * stride + x);
      }
    });
  }
}

/** The same place in a plane: the chroma planes have half the size. */
function inPlane({ x, y, width, height }: Tile, plane: number): Tile {
  return plane === 0 ? { x, y, width, height } : { x: x / 2, y: y / 2, width: width / 2, height: height / 2 };
}
