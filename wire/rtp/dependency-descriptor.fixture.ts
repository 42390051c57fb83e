/** How a frame serves each decode target, as the specification writes it: not present, discardable, switch, required. */
type Indications = string;

interface TemplateFixture {
  readonly spatial: number;
  readonly temporal: number;
  readonly targets: Indications;
  readonly dependsOn?: readonly number[];
}

export interface StructureFixture {
  readonly templateIdOffset: number;
  readonly templates: readonly TemplateFixture[];
  readonly sizes?: readonly (readonly [width: number, height: number])[];
}

export interface DescriptorFixture {
  readonly startsFrame?: boolean;
  readonly endsFrame?: boolean;
  /** Index within the structure. */
  readonly template: number;
  readonly frameNumber: number;
  /** The one that is known, or with `attached`, comes along. */
  readonly structure: StructureFixture;
  readonly attached?: boolean;
  readonly active?: number;
  readonly customTargets?: Indications;
  readonly customDependencies?: readonly number[];
}

/**
 * Two spatial layers that depend on one another at keyframes only, each with two temporal ones (L2T2_KEY), as Chromium
 * describes them: whoever has a base frame can go on from it, but it depends on the one before.
 */
export const keySvc: StructureFixture = {
  templateIdOffset: 3,
  templates: [
    { spatial: 0, temporal: 0, targets: 'SSSS' },
    { spatial: 0, temporal: 0, targets: 'SS--', dependsOn: [2] },
    { spatial: 0, temporal: 1, targets: '-D--', dependsOn: [2] },
    { spatial: 1, temporal: 0, targets: '--SS', dependsOn: [1] },
    { spatial: 1, temporal: 0, targets: '--SS', dependsOn: [2] },
    { spatial: 1, temporal: 1, targets: '---D', dependsOn: [2] },
  ],
  sizes: [
    [640, 360],
    [1280, 720],
  ],
};

/** One spatial layer with three temporal ones (L1T3). */
export const temporalLayers: StructureFixture = {
  templateIdOffset: 0,
  templates: [
    { spatial: 0, temporal: 0, targets: 'SSS' },
    { spatial: 0, temporal: 0, targets: 'SSS', dependsOn: [4] },
    { spatial: 0, temporal: 1, targets: '-DS', dependsOn: [2] },
    { spatial: 0, temporal: 2, targets: '--D', dependsOn: [1] },
  ],
};

class BitWriter {
  readonly #bits: number[] = [];

  write(value: number, bits: number): this {
    for (let bit = bits - 1; bit >= 0; bit--) this.#bits.push((value >>> bit) & 1);
    return this;
  }

  writeBelow(value: number, count: number): this {
    const bits = 32 - Math.clz32(count);
    const short = 2 ** bits - count;
    return value < short ? this.write(value, bits - 1) : this.write(value + short, bits);
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, i) => (bytes[i >>> 3]! |= bit << (7 - (i & 7))));
    return bytes;
  }
}

/** The bytes of a descriptor (AV1 RTP specification, appendix A.8). */
export function writeDependencyDescriptor(fixture: DescriptorFixture): Uint8Array {
  const { structure, attached = false, active, customTargets, customDependencies } = fixture;
  const bits = new BitWriter();
  bits.write(fixture.startsFrame === false ? 0 : 1, 1).write(fixture.endsFrame === false ? 0 : 1, 1);
  bits.write((structure.templateIdOffset + fixture.template) % 64, 6).write(fixture.frameNumber, 16);
  if (!attached && active === undefined && !customTargets && !customDependencies) return bits.bytes();
  for (const flag of [attached, active !== undefined, customTargets, customDependencies, false]) {
    bits.write(flag ? 1 : 0, 1);
  }
  if (attached) writeStructure(bits, structure);
  if (active !== undefined) bits.write(active, structure.templates[0]!.targets.length);
  if (customTargets) writeIndications(bits, customTargets);
  if (customDependencies) {
    for (const distance of customDependencies) bits.write(2, 2).write(distance - 1, 8);
    bits.write(0, 2);
  }
  return bits.bytes();
}

function writeStructure(bits: BitWriter, { templateIdOffset, templates, sizes }: StructureFixture): void {
  const targetCount = templates[0]!.targets.length;
  bits.write(templateIdOffset, 6).write(targetCount - 1, 5);
  templates.forEach(({ spatial, temporal }, i) => {
    const next = templates[i + 1];
    if (!next) bits.write(3, 2);
    else if (next.spatial > spatial) bits.write(2, 2);
    else bits.write(next.temporal > temporal ? 1 : 0, 2);
  });
  for (const { targets } of templates) writeIndications(bits, targets);
  for (const { dependsOn = [] } of templates) {
    for (const distance of dependsOn) bits.write(1, 1).write(distance - 1, 4);
    bits.write(0, 1);
  }
  // Two chains, of which the second protects the last decode target.
  bits.writeBelow(2, targetCount + 1);
  for (let target = 0; target < targetCount; target++) bits.writeBelow(target === targetCount - 1 ? 1 : 0, 2);
  for (let i = 0; i < templates.length; i++) bits.write(i % 16, 4).write(0, 4);
  bits.write(sizes ? 1 : 0, 1);
  for (const [width, height] of sizes ?? []) bits.write(width - 1, 16).write(height - 1, 16);
}

function writeIndications(bits: BitWriter, indications: Indications): void {
  for (const letter of indications) bits.write('-DSR'.indexOf(letter), 2);
}
