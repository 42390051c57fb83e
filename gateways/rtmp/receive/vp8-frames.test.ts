import { ProtocolError } from '@muon/wire/protocol-error.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rtp } from './rtp.fixture.ts';
import { Vp8Frames } from './vp8-frames.ts';

const KEY = 0x10;
const INTER = 0x11;

interface Step {
  readonly payload: readonly number[];
  readonly timestamp?: number;
  readonly marker?: boolean;
  readonly afterLoss?: boolean;
}

/** What comes of packets: each picture as its bytes. */
function frames(...steps: readonly Step[]): number[][] {
  const vp8 = new Vp8Frames();
  return steps.flatMap(({ payload, timestamp = 0, marker = true, afterLoss = false }, seq) => {
    const frame = vp8.push({ packet: rtp({ seq, timestamp, marker, payload }), arrivalMs: 0, afterLoss });
    return frame ? [[...frame.data]] : [];
  });
}

test('puts a picture together from its packets', () => {
  expect(frames({ payload: [0x10, KEY, 1], marker: false }, { payload: [0x00, 2, 3] })).toEqual([[KEY, 1, 2, 3]]);
});

// RFC 7741 section 4.2: X, then I with a picture id of 7 or 15 bits, L, and T or K.
test.each([
  ['no extension', [0x10]],
  ['a short picture id', [0x90, 0x80, 5]],
  ['a long picture id', [0x90, 0x80, 0x81, 5]],
  ['everything', [0x90, 0xf0, 0x81, 5, 7, 0x20]],
])('finds the picture behind a descriptor with %s', (_, descriptor) => {
  expect(frames({ payload: [...descriptor, KEY, 9] })).toEqual([[KEY, 9]]);
});

test('begins with a keyframe', () => {
  expect(frames({ payload: [0x10, INTER] }, { payload: [0x10, KEY], timestamp: 1 })).toEqual([[KEY]]);
});

test('after a loss, waits for the next keyframe', () => {
  const vp8 = new Vp8Frames();
  const push = (payload: readonly number[], timestamp: number, afterLoss = false) =>
    vp8.push({ packet: rtp({ seq: timestamp, timestamp, marker: true, payload }), arrivalMs: 0, afterLoss });
  expect(push([0x10, KEY], 1)).toBeDefined();
  expect(push([0x10, INTER], 3, true)).toBeUndefined();
  expect(vp8.needsKeyframe).toBe(true);
  expect(push([0x10, INTER], 4)).toBeUndefined();
  expect(push([0x10, KEY], 5)).toBeDefined();
  expect(vp8.needsKeyframe).toBe(false);
});

test('a picture without an end is not shown, nor what depends on it', () => {
  const steps = [
    { payload: [0x10, KEY], timestamp: 1 },
    { payload: [0x10, INTER], timestamp: 2, marker: false },
    { payload: [0x10, INTER], timestamp: 3 },
  ];
  expect(frames(...steps)).toEqual([[KEY]]);
});

test('padding changes nothing', () => {
  expect(frames({ payload: [] }, { payload: [0x10, KEY] }, { payload: [], marker: false })).toEqual([[KEY]]);
});

test('any bytes are taken or refused as a protocol error', () => {
  const step = fc.record({
    payload: fc.array(fc.nat(255), { maxLength: 12 }),
    timestamp: fc.nat(3),
    marker: fc.boolean(),
    afterLoss: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const vp8 = new Vp8Frames();
      for (const { payload, timestamp, marker, afterLoss } of steps) {
        try {
          vp8.push({ packet: rtp({ seq: 0, timestamp, marker, payload }), arrivalMs: 0, afterLoss });
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }
    }),
  );
});
