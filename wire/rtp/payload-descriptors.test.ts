import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { startsAv1Sequence } from './av1.ts';
import { startsH264Keyframe } from './h264.ts';
import { withNumbers } from './picture-numbers.ts';
import { readVp8 } from './vp8.ts';
import { readVp9 } from './vp9.ts';

const keyframeOf320x240 = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00];

describe('VP8 (RFC 7741)', () => {
  test.each([
    ['a keyframe', [0x10, 0x00], { startsFrame: true, startsKeyframe: true }],
    ['a keyframe behind a long picture id', [0x90, 0xf0, 0x81, 0x01, 5, 0x20, 0x00], { startsKeyframe: true }],
    ['a delta frame', [0x10, 0x01], { startsFrame: true, startsKeyframe: false }],
    ['the second packet of a keyframe', [0x00, 0x00], { startsFrame: false, startsKeyframe: false }],
    ['the second partition of a keyframe', [0x11, 0x00], { startsFrame: false, startsKeyframe: false }],
    ['a descriptor alone', [0x10], { startsKeyframe: false }],
    ['the second temporal layer', [0x90, 0x20, 0x40, 0x01], { temporal: 1, layerSync: false }],
    ['a place to begin the third', [0x90, 0x20, 0xa0, 0x01], { temporal: 2, layerSync: true }],
  ])('%s', (_, payload, expected) => {
    expect(readVp8(Uint8Array.from(payload))).toMatchObject(expected);
  });

  test('a keyframe tells its size', () => {
    expect(readVp8(Uint8Array.from([0x10, ...keyframeOf320x240])).size).toEqual({ width: 320, height: 240 });
  });

  test.each([
    [
      'all numbers',
      [0x90, 0xf0, 0x81, 0x02, 7, 0x63, 1],
      { pictureId: 258, tl0: 7, keyIndex: 3 },
      [0xff, 0xff, 9, 0x64],
    ],
    ['a short picture id', [0x90, 0x80, 0x05, 1], { pictureId: 5, tl0: undefined, keyIndex: undefined }, [0x7f]],
    ['no key index', [0x90, 0xe0, 0x81, 0x02, 7, 0x60, 1], { pictureId: 258, tl0: 7 }, [0xff, 0xff, 9, 0x60]],
    ['no picture id', [0x90, 0x60, 7, 0x60, 1], { pictureIdBits: 0, tl0: 7 }, [9, 0x60]],
    ['layers alone', [0x90, 0x30, 0x61, 1], { keyIndex: 1 }, [0x64]],
  ])('%s are found and replaced', (_, payload, expected, replaced) => {
    const numbers = readVp8(Uint8Array.from(payload)).numbers!;
    expect(numbers).toMatchObject({ offset: 2, lengthBytes: replaced.length, ...expected });
    expect(withNumbers(numbers, 0x7fff, 9, 4)).toBe(replaced.reduce((value, byte) => value * 256 + byte, 0));
  });
});

describe('VP9 (RFC 9628)', () => {
  test('says which layers a frame is of, and what depends on it', () => {
    // I, P, L, B, Z; not flexible, so that TL0PICIDX follows the layers.
    expect(readVp9(Uint8Array.of(0xe9, 0x81, 0x02, 0x54, 200, 1))).toMatchObject({
      startsFrame: true,
      endsFrame: false,
      predicted: true,
      spatial: 2,
      temporal: 2,
      switchingUp: true,
      unusedAbove: true,
      numbers: { offset: 1, lengthBytes: 4, pictureId: 258, pictureIdShift: 16, tl0: 200, tl0Shift: 0 },
    });
  });

  test('passes over the references of flexible mode', () => {
    expect(readVp9(Uint8Array.of(0xf4, 0x05, 0x00, 0x03, 0x02, 9)).numbers).toMatchObject({
      lengthBytes: 2,
      pictureId: 5,
      pictureIdShift: 8,
      tl0: undefined,
    });
    expect(() => readVp9(Uint8Array.of(0xf4, 0x05, 0x00, 0x03))).toThrow(ProtocolError);
  });

  test('a scalability structure tells the sizes', () => {
    const structure = [0x38, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 0];
    expect(readVp9(Uint8Array.of(0x0a, ...structure)).sizes).toEqual([
      { width: 320, height: 180 },
      { width: 640, height: 360 },
    ]);
    expect(() => readVp9(Uint8Array.of(0x0a, ...structure.slice(0, 5)))).toThrow(ProtocolError);
  });
});

test.each([
  ['a picture that depends on none', [0x65], true],
  ['parameter sets', [0x67], true],
  ['a picture that depends on others', [0x41], false],
  ['parameter sets among others', [0x78, 0, 1, 0x09, 0, 2, 0x67, 1, 0, 1, 0x68], true],
  ['others together', [0x78, 0, 1, 0x09, 0, 1, 0x06], false],
  ['the first part of such a picture', [0x7c, 0x85], true],
  ['a later part', [0x7c, 0x05], false],
  ['the first part of another', [0x7c, 0x81], false],
  ['nothing', [], false],
])('H.264: %s', (_, payload, keyframe) => {
  expect(startsH264Keyframe(Uint8Array.from(payload))).toBe(keyframe);
});

test.each([
  ['a new sequence', [0x18], true],
  ['the rest of its first unit', [0x98], false],
  ['a later frame', [0x10], false],
])('AV1: %s', (_, payload, keyframe) => {
  expect(startsAv1Sequence(Uint8Array.from(payload))).toBe(keyframe);
});

test('whatever bytes a payload has, it is read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
      startsH264Keyframe(payload);
      startsAv1Sequence(payload);
      for (const read of [readVp8, readVp9]) {
        try {
          const { numbers } = read(payload);
          if (!numbers) continue;
          expect(numbers.offset + numbers.lengthBytes).toBeLessThanOrEqual(payload.length);
          expect(numbers.lengthBytes).toBeLessThanOrEqual(4);
          const { pictureId, tl0 = 0, keyIndex = 0, value } = numbers;
          expect(withNumbers(numbers, pictureId, tl0, keyIndex)).toBe(value);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }
    }),
    { numRuns: 5000 },
  );
});
