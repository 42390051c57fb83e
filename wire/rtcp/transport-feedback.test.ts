import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readU16, readU24 } from '../bytes.ts';
import { encodeTransportFeedback } from './transport-feedback.ts';

/** Reads a feedback packet as the draft describes it: when each packet arrived, in µs, or undefined. */
function decode(bytes: Uint8Array): { baseSeq: number; count: number; arrivalsUs: (number | undefined)[] } {
  const statusCount = readU16(bytes, 14);
  const symbols: number[] = [];
  let at = 20;
  for (; symbols.length < statusCount; at += 2) {
    const chunk = readU16(bytes, at);
    if (chunk < 0x8000) symbols.push(...Array<number>(chunk & 0x1fff).fill(chunk >>> 13));
    else if (chunk & 0x4000) for (let i = 0; i < 7; i++) symbols.push((chunk >>> (12 - 2 * i)) & 3);
    else for (let i = 0; i < 14; i++) symbols.push((chunk >>> (13 - i)) & 1);
  }
  let us = readU24(bytes, 16) * 64_000;
  const arrivalsUs = symbols.slice(0, statusCount).map((symbol) => {
    if (symbol === 0) return undefined;
    const delta = symbol === 1 ? bytes[at]! : (readU16(bytes, at) << 16) >> 16;
    at += symbol;
    us += delta * 250;
    return us;
  });
  const padding = bytes[0]! & 0x20 ? bytes[bytes.length - 1]! : 0;
  expect(at + padding).toBe(bytes.length);
  expect(readU16(bytes, 2)).toBe(bytes.length / 4 - 1);
  return { baseSeq: readU16(bytes, 12), count: bytes[19]!, arrivalsUs };
}

test('feedback tells of each packet whether and when it came, to a quarter of a millisecond', () => {
  const arrival = fc.option(fc.integer({ min: 1_000_000, max: 3_000_000 }), { nil: undefined });
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
