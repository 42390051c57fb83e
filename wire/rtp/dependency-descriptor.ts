import { BitReader } from '../bit-reader.ts';
import { ProtocolError } from '../protocol-error.ts';

/**
 * The dependency descriptor (AV1 RTP specification, appendix A): what each frame of a stream depends on, in a header
 * extension that whoever forwards frames can read even when the frames themselves are encrypted.
 */
export const DEPENDENCY_DESCRIPTOR_URI =
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';

/** Where the 16 bits of the frame number lie in a descriptor. */
export const FRAME_NUMBER_OFFSET = 1;

/** So many bytes a descriptor has that refers to a template and says no more. */
const MANDATORY_BYTES = 3;

const MAX_TEMPLATES = 64;

/** How a frame serves a decode target: not at all, … */
const NOT_PRESENT = 0;
/** … or as one that the target can be begun with. */
const SWITCH = 2;

/** Frames of one kind. Decode targets are bits, the first the lowest. */
export interface FrameTemplate {
  readonly spatial: number;
  readonly temporal: number;
  /** The decode targets that have the frame in them. */
  readonly present: number;
  /** Those among them that can be begun with it. */
  readonly switches: number;
  /** How many frames before this one those are that it depends on. */
  readonly dependencies: readonly number[];
}

/** Of a coded video sequence; comes with its first frame. */
export interface DependencyStructure {
  readonly templateIdOffset: number;
  readonly templates: readonly FrameTemplate[];
  /** The highest layers in each decode target. */
  readonly targets: readonly { readonly spatial: number; readonly temporal: number }[];
  /** Of each spatial layer; undefined when not told. */
  readonly sizes: readonly { readonly width: number; readonly height: number }[] | undefined;
}

/** One packet's descriptor. */
export interface DependencyDescriptor {
  readonly startsFrame: boolean;
  readonly endsFrame: boolean;
  readonly frameNumber: number;
  readonly frame: FrameTemplate;
  readonly structure: DependencyStructure;
  /** Whether `structure` came with this packet. */
  readonly structureAttached: boolean;
  /** The decode targets that go on being sent; undefined when nothing is said of it. */
  readonly active: number | undefined;
}

/**
 * Reads the descriptor of `lengthBytes` at `offset`; `known` is the structure that came before. Undefined when it refers
 * to a structure that never came.
 *
 * @throws ProtocolError
 */
export function readDependencyDescriptor(
  bytes: Uint8Array,
  offset: number,
  lengthBytes: number,
  known: DependencyStructure | undefined,
): DependencyDescriptor | undefined {
  const bits = new BitReader(bytes, offset, lengthBytes);
  const startsFrame = bits.flag();
  const endsFrame = bits.flag();
  const templateId = bits.read(6);
  const frameNumber = bits.read(16);
  let structure = known;
  let structureAttached = false;
  let active: number | undefined;
  let customTargets = false;
  let customDependencies = false;
  if (lengthBytes > MANDATORY_BYTES) {
    structureAttached = bits.flag();
    const activePresent = bits.flag();
    customTargets = bits.flag();
    customDependencies = bits.flag();
    // Chains are for decoders that wonder whether they miss something.
    bits.flag();
    if (structureAttached) {
      structure = readStructure(bits);
      active = allOf(structure.targets.length);
    }
    if (!structure) return undefined;
    if (activePresent) active = readMask(bits, structure.targets.length);
  }
  if (!structure) return undefined;
  const template = structure.templates[(templateId + 64 - structure.templateIdOffset) % 64];
  if (!template) throw new ProtocolError(`dependency descriptor with template ${templateId}`);
  let frame = template;
  if (customTargets || customDependencies) {
    const served = customTargets ? readServed(bits, structure.targets.length) : template;
    const dependencies = customDependencies ? readCustomDependencies(bits) : template.dependencies;
    const { spatial, temporal } = template;
    frame = { spatial, temporal, present: served.present, switches: served.switches, dependencies };
  }
  return { startsFrame, endsFrame, frameNumber, frame, structure, structureAttached, active };
}

function readStructure(bits: BitReader): DependencyStructure {
  const templateIdOffset = bits.read(6);
  const targetCount = bits.read(5) + 1;
  const layers = readLayers(bits);
  const served = layers.map(() => readServed(bits, targetCount));
  const dependencies = layers.map(() => readDependencies(bits));
  skipChains(bits, targetCount, layers.length);
  const templates = layers.map((layer, i) => ({ ...layer, ...served[i]!, dependencies: dependencies[i]! }));
  const spatialLayers = layers.at(-1)!.spatial + 1;
  return {
    templateIdOffset,
    templates,
    targets: Array.from({ length: targetCount }, (_, target) => highestLayers(templates, target)),
    sizes: bits.flag()
      ? Array.from({ length: spatialLayers }, () => ({ width: bits.read(16) + 1, height: bits.read(16) + 1 }))
      : undefined,
  };
}

function readLayers(bits: BitReader): { spatial: number; temporal: number }[] {
  const layers: { spatial: number; temporal: number }[] = [];
  let spatial = 0;
  let temporal = 0;
  for (;;) {
    if (layers.length === MAX_TEMPLATES) throw new ProtocolError('dependency structure without end');
    layers.push({ spatial, temporal });
    const next = bits.read(2);
    if (next === 3) return layers;
    if (next === 1) temporal += 1;
    if (next === 2) {
      spatial += 1;
      temporal = 0;
    }
  }
}

/** How a frame serves each decode target. */
function readServed(bits: BitReader, targetCount: number): { present: number; switches: number } {
  let present = 0;
  let switches = 0;
  for (let target = 0; target < targetCount; target++) {
    const indication = bits.read(2);
    if (indication !== NOT_PRESENT) present |= 1 << target;
    if (indication === SWITCH) switches |= 1 << target;
  }
  return { present, switches };
}

function readDependencies(bits: BitReader): number[] {
  const dependencies: number[] = [];
  while (bits.flag()) dependencies.push(bits.read(4) + 1);
  return dependencies;
}

/** Each comes with the number of its half bytes. */
function readCustomDependencies(bits: BitReader): number[] {
  const dependencies: number[] = [];
  for (let size = bits.read(2); size > 0; size = bits.read(2)) dependencies.push(bits.read(4 * size) + 1);
  return dependencies;
}

function skipChains(bits: BitReader, targetCount: number, templateCount: number): void {
  const chains = bits.readBelow(targetCount + 1);
  if (chains === 0) return;
  for (let target = 0; target < targetCount; target++) bits.readBelow(chains);
  for (let i = 0; i < templateCount * chains; i++) bits.read(4);
}

function highestLayers(templates: readonly FrameTemplate[], target: number): { spatial: number; temporal: number } {
  let spatial = 0;
  let temporal = 0;
  for (const template of templates) {
    if ((template.present & (1 << target)) === 0) continue;
    spatial = Math.max(spatial, template.spatial);
    temporal = Math.max(temporal, template.temporal);
  }
  return { spatial, temporal };
}

/** A number whose lowest bit is the first decode target. */
function readMask(bits: BitReader, count: number): number {
  let mask = 0;
  for (let target = count - 1; target >= 0; target--) if (bits.flag()) mask |= 1 << target;
  return mask;
}

function allOf(count: number): number {
  return count >= 32 ? -1 : (1 << count) - 1;
}
