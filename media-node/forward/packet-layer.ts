import type { PictureNumbers } from '@muon/wire/rtp/picture-numbers.ts';
import type { Encoding } from './encodings.ts';

/** A place in the layers of a track; each counted from 0, the lowest. */
export interface Layer {
  readonly spatial: number;
  readonly temporal: number;
}

/**
 * What subscribers can be sent of a stream: each decode target is a bit, and the highest layers that it has. Known by
 * identity, so that what is derived from it can be kept.
 */
export type DecodeTargets = readonly Layer[];

/** So many spatial layers a picture has at most. */
const SPATIAL_LAYERS = 8;

/** Tells the frames of a stream apart, each a spatial layer of a picture. */
export function frameOf(timestamp: number, spatial: number): number {
  return timestamp * SPATIAL_LAYERS + spatial;
}

export function pictureOf(frame: number): number {
  return Math.floor(frame / SPATIAL_LAYERS);
}

/**
 * What a video packet says of the frame that it is part of: all that has to be known to decide who is sent it. Read once
 * per packet, however many are sent it. A frame is one spatial layer of a picture.
 */
export class PacketLayer {
  /** Whose packets these are: set by the track, which alone knows its encodings. */
  encoding: Encoding | undefined;
  /** By {@link frameOf}. */
  frame = 0;
  spatial = 0;
  temporal = 0;
  startsFrame = false;
  endsFrame = false;
  /** A decoder can start at this packet, with whatever follows it. */
  keyframe = false;
  /** The packet came out of order: decisions were made without it. */
  late = false;
  targets: DecodeTargets;
  /** The decode targets that the publisher goes on sending. */
  active = -1;
  /** Those that need the frame; none for a packet without payload. */
  present = -1;
  /** Those among them that can be begun with it. */
  switches = 0;
  /** Temporal layers above this one, … */
  upFrom = 0;
  /** … up to this one, can be begun at this frame by whoever has all up to `upFrom`; none when they are the same. */
  upTo = 0;
  /** Where the packet has the frame number of a dependency descriptor; 0 for nowhere. */
  frameNumberAt = 0;
  frameNumber = 0;
  /** How many frames before this one those are that it depends on, as a dependency descriptor says. */
  dependencies: readonly number[] = [];
  /** Of the payload; with a dependency descriptor read only where somebody needs them, as `numbersRead` says. */
  numbers: PictureNumbers | undefined;
  numbersRead = false;
  /** Of a keyframe's spatial layers, where they are told. */
  sizes: readonly { readonly width: number; readonly height: number }[] | undefined;

  constructor(targets: DecodeTargets) {
    this.targets = targets;
  }
}
