import {
  FRAME_NUMBER_OFFSET,
  readDependencyDescriptor,
  type DependencyDescriptor,
  type DependencyStructure,
} from '@muon/wire/rtp/dependency-descriptor.ts';
import { startsAv1Sequence } from '@muon/wire/rtp/av1.ts';
import { startsH264Keyframe } from '@muon/wire/rtp/h264.ts';
import { visitExtensions } from '@muon/wire/rtp/header-extension.ts';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import type { PictureNumbers } from '@muon/wire/rtp/picture-numbers.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { SeqUnwrapper } from '@muon/wire/rtp/seq.ts';
import { readVp8 } from '@muon/wire/rtp/vp8.ts';
import { readVp9 } from '@muon/wire/rtp/vp9.ts';
import { frameOf, PacketLayer } from './packet-layer.ts';
import { plainTargets, targetsAbove, targetsFrom, targetsUpTo } from './plain-targets.ts';

/** After so many pictures without it, a spatial layer has stopped: encoders leave it out now and then. */
const STOPPED_PICTURES = 10;

type PayloadReader = (layer: PacketLayer, payload: Uint8Array, packet: RtpPacket) => void;

/**
 * Reads the layers of one video stream's packets, from the dependency descriptor where there is one, and then from
 * nothing else, so that frames can be encrypted; else from the payload.
 */
export class LayerReader {
  readonly #readPayload: PayloadReader | undefined;
  /** Whether payloads say where a frame begins; timestamps don't when the beginning is lost. */
  readonly #tellsFrames: boolean;
  readonly #descriptorId: number | undefined;
  readonly #order = new SeqUnwrapper();
  #highest = -Infinity;
  #structure: DependencyStructure | undefined;
  #active = -1;
  /** The highest spatial layer that is sent, as the payload told; and for how many pictures none so high came. */
  #highestSpatial = 0;
  #highestTemporal = 0;
  #lowerPictures = 0;
  #lowerHighest = 0;
  /** Of the latest keyframe that the payload told. */
  #keyframeTimestamp: number | undefined;
  #timestamp: number | undefined;

  /** `descriptorId` is the number of the dependency descriptor among the header extensions of the packets, if they have any. */
  constructor(mimeType: string, descriptorId?: number) {
    const codec = mimeType.toLowerCase();
    this.#readPayload = payloadReaders[codec];
    this.#tellsFrames = codec === 'video/vp8' || codec === 'video/vp9';
    this.#descriptorId = descriptorId;
  }

  /** @throws ProtocolError when a descriptor breaks its format. */
  read(packet: RtpPacket): PacketLayer {
    const layer = new PacketLayer(plainTargets);
    const index = this.#order.unwrap(packet.seq);
    layer.late = index < this.#highest;
    this.#highest = Math.max(this.#highest, index);
    layer.frame = frameOf(packet.timestamp, 0);
    if (packet.payloadEnd === packet.payloadOffset) {
      // Padding alone: it belongs to no frame, and nobody needs it.
      layer.present = 0;
      layer.startsFrame = true;
      layer.endsFrame = true;
      return layer;
    }
    const descriptor = this.#descriptor(packet, layer);
    if (descriptor) this.#describe(layer, descriptor);
    else this.#readPayload?.(layer, packet.payload, packet);
    if (!descriptor) this.#complete(layer, packet);
    // A decoder can start at any frame of a codec that nobody here can read.
    if (!descriptor && !this.#readPayload) layer.keyframe = layer.startsFrame;
    if (layer.keyframe) layer.switches = layer.present;
    return layer;
  }

  #descriptor(packet: RtpPacket, layer: PacketLayer): DependencyDescriptor | undefined {
    const { bytes } = packet;
    let at = 0;
    let lengthBytes = 0;
    visitExtensions(bytes, (id, offset, length) => {
      if (id !== this.#descriptorId) return;
      at = offset;
      lengthBytes = length;
    });
    if (at === 0) return undefined;
    const descriptor = readDependencyDescriptor(bytes, at, lengthBytes, this.#structure);
    if (descriptor) layer.frameNumberAt = at + FRAME_NUMBER_OFFSET;
    return descriptor;
  }

  #describe(layer: PacketLayer, descriptor: DependencyDescriptor): void {
    const { frame, structure, frameNumber } = descriptor;
    if (!layer.late) {
      this.#structure = structure;
      this.#active = descriptor.active ?? this.#active;
    }
    layer.frame += frame.spatial;
    layer.spatial = frame.spatial;
    layer.temporal = frame.temporal;
    layer.startsFrame = descriptor.startsFrame;
    layer.endsFrame = descriptor.endsFrame;
    layer.keyframe = descriptor.structureAttached && descriptor.startsFrame && frame.dependencies.length === 0;
    layer.targets = structure.targets;
    layer.active = this.#active;
    layer.present = frame.present;
    layer.switches = frame.switches;
    layer.frameNumber = frameNumber;
    layer.dependencies = frame.dependencies;
    if (layer.keyframe) layer.sizes = structure.sizes;
  }

  /** What the payload of a codec doesn't tell of where frames begin and end. */
  #complete(layer: PacketLayer, { timestamp, marker }: RtpPacket): void {
    layer.endsFrame ||= marker;
    if (!layer.late) this.#countLayers(layer, marker);
    layer.active = targetsUpTo(this.#highestSpatial, this.#highestTemporal);
    if (layer.late) return;
    if (!this.#tellsFrames) layer.startsFrame = timestamp !== this.#timestamp;
    this.#timestamp = timestamp;
    // Once per keyframe: its parameter sets come in packets of their own before it.
    layer.keyframe &&= layer.spatial > 0 || timestamp !== this.#keyframeTimestamp;
    if (layer.keyframe) this.#keyframeTimestamp = timestamp;
  }

  /** Finds out up to which layers pictures are sent: a keyframe may say it, else those that come do. */
  #countLayers(layer: PacketLayer, endsPicture: boolean): void {
    this.#highestTemporal = Math.max(this.#highestTemporal, layer.temporal);
    if (layer.keyframe && layer.sizes) this.#highestSpatial = layer.sizes.length - 1;
    if (layer.spatial >= this.#highestSpatial) {
      this.#highestSpatial = layer.spatial;
      this.#lowerPictures = 0;
      this.#lowerHighest = 0;
    } else if (endsPicture) {
      this.#lowerPictures++;
      this.#lowerHighest = Math.max(this.#lowerHighest, layer.spatial);
      if (this.#lowerPictures >= STOPPED_PICTURES) this.#highestSpatial = this.#lowerHighest;
    }
  }
}

const payloadReaders: Readonly<Record<string, PayloadReader>> = {
  'video/vp8': (layer, payload) => {
    const vp8 = readVp8(payload);
    layer.temporal = vp8.temporal;
    layer.startsFrame = vp8.startsFrame;
    layer.keyframe = vp8.startsKeyframe;
    layer.present = targetsFrom(0, vp8.temporal, false);
    if (vp8.layerSync && vp8.temporal > 0) {
      layer.upFrom = vp8.temporal - 1;
      layer.upTo = vp8.temporal;
    }
    layer.numbers = vp8.numbers;
    layer.sizes = vp8.size && [vp8.size];
  },
  'video/vp9': (layer, payload) => {
    const vp9 = readVp9(payload);
    layer.frame += vp9.spatial;
    layer.spatial = vp9.spatial;
    layer.temporal = vp9.temporal;
    layer.startsFrame = vp9.startsFrame;
    layer.endsFrame = vp9.endsFrame;
    layer.keyframe = vp9.startsFrame && !vp9.predicted && vp9.spatial === 0;
    layer.present = targetsFrom(vp9.spatial, vp9.temporal, vp9.unusedAbove);
    if (vp9.switchingUp) {
      layer.upFrom = vp9.temporal;
      layer.upTo = 7;
    }
    layer.numbers = vp9.numbers;
    layer.sizes = vp9.sizes;
  },
  'video/h264': (layer, payload) => {
    layer.keyframe = startsH264Keyframe(payload);
  },
  'video/av1': (layer, payload) => {
    layer.keyframe = startsAv1Sequence(payload);
  },
};

/** The numbers of a picture in a payload whose layers were read elsewhere; none when it has none that can be read. */
export function payloadNumbers(mimeType: string, payload: Uint8Array): PictureNumbers | undefined {
  try {
    if (mimeType === 'video/vp8') return readVp8(payload).numbers;
    return mimeType === 'video/vp9' ? readVp9(payload).numbers : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** The decode targets that can be begun at this frame by whoever has had all that those in `intact` need. */
export function switchable({ switches, upFrom, upTo }: PacketLayer, intact: number): number {
  return upTo > upFrom ? switches | targetsAbove(intact, upFrom, upTo) : switches;
}
