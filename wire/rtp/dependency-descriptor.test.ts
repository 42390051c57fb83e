import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import {
  keySvc,
  temporalLayers,
  writeDependencyDescriptor,
  type DescriptorFixture,
} from './dependency-descriptor.fixture.ts';
import { FRAME_NUMBER_OFFSET, readDependencyDescriptor, type DependencyStructure } from './dependency-descriptor.ts';

function read(fixture: DescriptorFixture, known?: DependencyStructure) {
  const bytes = writeDependencyDescriptor(fixture);
  return readDependencyDescriptor(bytes, 0, bytes.length, known);
}

test('a keyframe brings the structure of what follows', () => {
  const descriptor = read({ structure: keySvc, template: 0, frameNumber: 65_535, attached: true, endsFrame: false });
  expect(descriptor).toMatchObject({
    startsFrame: true,
    endsFrame: false,
    frameNumber: 65_535,
    structureAttached: true,
    active: 0b1111,
    frame: { spatial: 0, temporal: 0, present: 0b1111, switches: 0b1111, dependencies: [] },
  });
  expect(descriptor!.structure.targets).toEqual([
    { spatial: 0, temporal: 0 },
    { spatial: 0, temporal: 1 },
    { spatial: 1, temporal: 0 },
    { spatial: 1, temporal: 1 },
  ]);
  expect(descriptor!.structure.sizes).toEqual([
    { width: 640, height: 360 },
    { width: 1280, height: 720 },
  ]);
});

test('later frames refer to it', () => {
  const { structure } = read({ structure: keySvc, template: 0, frameNumber: 1, attached: true })!;
  expect(read({ structure: keySvc, template: 5, frameNumber: 2 }, structure)).toMatchObject({
    structureAttached: false,
    active: undefined,
    frame: { spatial: 1, temporal: 1, present: 0b1000, switches: 0, dependencies: [2] },
  });
  const other = { structure: keySvc, template: 4, frameNumber: 3, active: 0b0011 };
  expect(read({ ...other, customTargets: '--S-', customDependencies: [] }, structure)).toMatchObject({
    active: 0b0011,
    frame: { present: 0b0100, switches: 0b0100, dependencies: [] },
  });
  expect(read({ ...other, customDependencies: [200] }, structure)).toMatchObject({ frame: { dependencies: [200] } });
});

test('what refers to a structure that never came says nothing', () => {
  expect(read({ structure: keySvc, template: 1, frameNumber: 2 })).toBeUndefined();
  expect(read({ structure: keySvc, template: 1, frameNumber: 2, active: 1 })).toBeUndefined();
});

test('the frame number lies where it is rewritten', () => {
  const bytes = writeDependencyDescriptor({
    structure: temporalLayers,
    template: 0,
    frameNumber: 0x1234,
    attached: true,
  });
  expect([...bytes.subarray(FRAME_NUMBER_OFFSET, FRAME_NUMBER_OFFSET + 2)]).toEqual([0x12, 0x34]);
});

test('a template that there is none of, and a structure that ends early, are refused', () => {
  const { structure } = read({ structure: temporalLayers, template: 0, frameNumber: 1, attached: true })!;
  expect(() => read({ structure: temporalLayers, template: 9, frameNumber: 2 }, structure)).toThrow(ProtocolError);
  const bytes = writeDependencyDescriptor({ structure: keySvc, template: 0, frameNumber: 1, attached: true });
  for (let length = 4; length < bytes.length; length++) {
    expect(() => readDependencyDescriptor(bytes, 0, length, undefined)).toThrow(ProtocolError);
  }
});

test('whatever bytes come, they are read or refused', () => {
  const { structure } = read({ structure: keySvc, template: 0, frameNumber: 1, attached: true })!;
  const valid = fc.constantFrom(
    ...[keySvc, temporalLayers].map((fixture) =>
      writeDependencyDescriptor({ structure: fixture, template: 0, frameNumber: 1, attached: true }),
    ),
  );
  const spoiled = fc
    .tuple(valid, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }))
    .map(([bytes, changes]) => {
      const copy = Uint8Array.from(bytes);
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), spoiled), fc.boolean(), (bytes, known) => {
      try {
        const descriptor = readDependencyDescriptor(bytes, 0, bytes.length, known ? structure : undefined);
        expect(descriptor?.structure.targets.length ?? 1).toBeLessThanOrEqual(32);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 5000 },
  );
});
