import { writeU16 } from '@muon/wire/bytes.ts';
import { writeDependencyDescriptor, type StructureFixture } from '@muon/wire/rtp/dependency-descriptor.fixture.ts';
import { extensionsLength, writeExtensions } from '@muon/wire/rtp/header-extension.ts';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { Encoding } from './encodings.ts';
import { LayerReader } from './layer-reader.ts';
import type { PacketLayer } from './packet-layer.ts';

export const DESCRIPTOR_ID = 7;

/** A packet with what was read of it. */
export interface ReadPacket {
  readonly packet: RtpPacket;
  readonly layer: PacketLayer;
}

interface SourceOptions {
  readonly mimeType: string;
  readonly encoding: Encoding;
  readonly ssrc: number;
  readonly seq?: number;
  readonly timestamp?: number;
  readonly pictureId?: number;
}

/** Makes the packets of one encoding, frame by frame, with counters that begin wherever they are told. */
export class LayerSource {
  readonly encoding: Encoding;
  readonly ssrc: number;
  readonly #reader: LayerReader;
  #seq: number;
  #timestamp: number;
  #pictureId: number;
  #tl0 = 250;
  #keyIndex = 30;
  #frameNumber: number;

  constructor({ mimeType, encoding, ssrc, seq = 0, timestamp = 0, pictureId = 0 }: SourceOptions) {
    this.encoding = encoding;
    this.ssrc = ssrc;
    this.#reader = new LayerReader(mimeType, DESCRIPTOR_ID);
    this.#seq = seq;
    this.#timestamp = timestamp;
    this.#pictureId = pictureId;
    this.#frameNumber = pictureId;
  }

  /** A picture of VP8 in so many packets. */
  vp8({ keyframe = false, temporal = 0, sync = false, packets = 2 } = {}): RtpPacket[] {
    if (temporal === 0) this.#tl0 = (this.#tl0 + 1) & 0xff;
    if (keyframe) this.#keyIndex = (this.#keyIndex + 1) & 0x1f;
    const numbers = [0x80 | (this.#pictureId >>> 8), this.#pictureId & 0xff, this.#tl0];
    const layer = (temporal << 6) | (sync ? 0x20 : 0) | this.#keyIndex;
    const made = Array.from({ length: packets }, (_, i) => {
      const first = i === 0 ? 0x90 : 0x80;
      return this.#packet([first, 0xf0, ...numbers, layer, keyframe ? 0 : 1, 9, 9], i === packets - 1);
    });
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.#nextPicture();
    return made;
  }

  /** A picture of VP9 with so many spatial layers, which depend on one another as told. */
  vp9({ keyframe = false, temporal = 0, up = true, spatialLayers = 3, alone = false, packets = 2 } = {}): RtpPacket[] {
    if (temporal === 0) this.#tl0 = (this.#tl0 + 1) & 0xff;
    const made = Array.from({ length: spatialLayers }, (_, spatial) =>
      Array.from({ length: packets }, (__, i) => {
        const ends = i === packets - 1;
        const first =
          0xa0 | (keyframe ? 0 : 0x40) | (i === 0 ? 0x08 : 0) | (ends ? 0x04 : 0) | (alone && !keyframe ? 1 : 0);
        const layer =
          (temporal << 5) | (up ? 0x10 : 0) | (spatial << 1) | (spatial > 0 && !(alone && !keyframe) ? 1 : 0);
        // A keyframe begins with the sizes of all layers.
        const sized = keyframe && spatial === 0 && i === 0;
        const sizes = Array.from({ length: spatialLayers }, (___, at) => [1, at, 1, at]).flat();
        const structure = sized ? [((spatialLayers - 1) << 5) | 0x10, ...sizes] : [];
        const id = [0x80 | (this.#pictureId >>> 8), this.#pictureId & 0xff];
        return this.#packet(
          [first | (sized ? 0x02 : 0), ...id, layer, this.#tl0, ...structure, 9],
          ends && spatial === spatialLayers - 1,
        );
      }),
    ).flat();
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.#nextPicture();
    return made;
  }

  /** A picture that its descriptor alone tells of: a frame of each of these templates, with a payload that nobody reads. */
  described(structure: StructureFixture, templates: readonly number[], attached: boolean, packets = 2): RtpPacket[] {
    const made = templates.flatMap((template, at) => {
      const frame = Array.from({ length: packets }, (_, i) => {
        const data = writeDependencyDescriptor({
          structure,
          template,
          frameNumber: this.#frameNumber,
          startsFrame: i === 0,
          endsFrame: i === packets - 1,
          attached: attached && at === 0 && i === 0,
        });
        return this.#packet([0xff, 0xff], i === packets - 1 && at === templates.length - 1, data);
      });
      this.#frameNumber = (this.#frameNumber + 1) & 0xffff;
      return frame;
    });
    this.#nextPicture();
    return made;
  }

  padding(): RtpPacket {
    return this.#packet([], false);
  }

  /** As it comes in. */
  read(packet: RtpPacket): ReadPacket {
    const layer = this.#reader.read(packet);
    layer.encoding = this.encoding;
    return { packet, layer };
  }

  #nextPicture(): void {
    this.#timestamp = (this.#timestamp + 3000) >>> 0;
  }

  #packet(payload: readonly number[], marker: boolean, descriptor?: Uint8Array): RtpPacket {
    const packet = rtpPacket({ ssrc: this.ssrc, seq: this.#seq, timestamp: this.#timestamp, marker }, payload);
    this.#seq = (this.#seq + 1) & 0xffff;
    return descriptor ? withDescriptor(packet, descriptor) : packet;
  }
}

function withDescriptor({ bytes }: RtpPacket, data: Uint8Array): RtpPacket {
  const elements = [{ id: DESCRIPTOR_ID, data }];
  const length = extensionsLength(elements);
  const extended = new Uint8Array(bytes.length + length);
  extended.set(bytes.subarray(0, 12));
  extended[0]! |= 0x10;
  writeExtensions(extended, 12, elements);
  extended.set(bytes.subarray(12), 12 + length);
  writeU16(extended, 2, (bytes[2]! << 8) | bytes[3]!);
  return RtpPacket.parse(extended);
}
