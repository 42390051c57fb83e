import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { decodeTransportFeedback, encodeTransportFeedback, type TransportFeedback } from './transport-feedback.ts';

/** Reads a whole RTCP packet. */
function decode(bytes: Uint8Array): TransportFeedback {
  expect((bytes[2]! << 8) | bytes[3]!).toBe(bytes.length / 4 - 1);
  return decodeTransportFeedback(bytes.subarray(0, bytes.length - (bytes[0]! & 0x20 ? bytes.at(-1)! : 0)));
}

/** A feedback packet about `statusCount` packets from 65534 on, at reference time 2. */
function feedback(statusCount: number, ...rest: number[]): Uint8Array {
  const base = [0x8f, 205, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, statusCount >> 8, statusCount & 0xff, 0, 0, 2, 7];
  return Uint8Array.from([...base, ...rest]);
}

test('feedback tells of each packet whether and when it came, to a quarter of a millisecond', () => {
  const arrival = fc.option(fc.integer({ min: 10_000_000, max: 13_000_000 }), { nil: undefined });
  fc.assert(
    fc.property(fc.nat(65_535), fc.array(arrival, { minLength: 1, maxLength: 380 }), (baseSeq, arrivalsUs) => {
      const read = decode(encodeTransportFeedback(1, 2, 300, { baseSeq, arrivalsUs }));
      expect(read.baseSeq).toBe(baseSeq);
      expect(read.count).toBe(300 & 0xff);
      expect(read.arrivalsUs).toHaveLength(arrivalsUs.length);
      arrivalsUs.forEach((us, i) => {
        if (us === undefined) expect(read.arrivalsUs[i]).toBeUndefined();
        else expect(Math.abs(read.arrivalsUs[i]! - us)).toBeLessThanOrEqual(125);
      });
    }),
    { numRuns: 300 },
  );
});

test('a long run takes one chunk', () => {
  const arrivalsUs = [64_000, ...Array<undefined>(300).fill(undefined), 64_250];
  expect(encodeTransportFeedback(1, 2, 0, { baseSeq: 65_500, arrivalsUs }).length).toBeLessThanOrEqual(32);
});

test('all kinds of chunks are read, with deltas of both sizes and signs', () => {
  // A run of three small ones, then two-bit symbols, then one-bit symbols of which the last eleven say nothing.
  const chunks = [0x20, 3, 0b1110_0001, 0b1000_0000, 0b1010_1000, 0];
  const deltas = [4, 0, 255, 0xff, 0xfc, 8, 0x7f, 0xff, 1, 2];
  const { baseSeq, count, referenceUs, arrivalsUs } = decodeTransportFeedback(feedback(13, ...chunks, ...deltas));
  expect({ baseSeq, count, referenceUs }).toEqual({ baseSeq: 65_534, count: 7, referenceUs: 128_000 });
  const ticks = arrivalsUs.map((us) => (us === undefined ? undefined : (us - referenceUs) / 250));
  const none = undefined;
  expect(ticks).toEqual([4, 4, 259, 255, none, 263, 33_030, none, none, none, 33_031, none, 33_033]);
});

test.each([
  ['nothing', []],
  ['no packet', [...feedback(0, 0, 0)]],
  ['more packets than can wait', [...feedback(4097, 0x1f, 0xff)]],
  ['a run of nothing', [...feedback(1, 0x20, 0)]],
  ['fewer statuses than packets', [...feedback(9, 0x20, 8)]],
  ['fewer deltas than arrivals', [...feedback(2, 0x20, 2, 1)]],
  ['half a delta', [...feedback(1, 0x40, 1, 1)]],
  ['a reserved status', [...feedback(1, 0x60, 1, 1, 1, 1)]],
])('feedback about %s is refused', (_, bytes) => {
  expect(() => decodeTransportFeedback(Uint8Array.from(bytes))).toThrow(ProtocolError);
});

test('feedback is read or refused, whatever bytes it has', () => {
  fc.assert(
    fc.property(fc.nat(600), fc.uint8Array({ maxLength: 80 }), (statusCount, rest) => {
      try {
        const { arrivalsUs } = decodeTransportFeedback(feedback(statusCount, ...rest));
        expect(arrivalsUs).toHaveLength(statusCount);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 5000 },
  );
});
