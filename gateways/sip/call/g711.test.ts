import { describe, expect, test } from 'vitest';
import { decodeG711, encodeG711, type G711Law } from './g711.ts';

const laws: readonly G711Law[] = ['PCMU', 'PCMA'];

/** From ITU-T G.711 tables 1 and 2, scaled to 16 bits. */
const reference: readonly (readonly [G711Law, number, number])[] = [
  ['PCMU', 0x00, -32_124],
  ['PCMU', 0x80, 32_124],
  ['PCMU', 0x0f, -16_764],
  ['PCMU', 0x8f, 16_764],
  ['PCMU', 0xef, 132],
  ['PCMU', 0xfe, 8],
  ['PCMU', 0xff, 0],
  ['PCMA', 0x2a, -32_256],
  ['PCMA', 0xaa, 32_256],
  ['PCMA', 0xa5, 16_896],
  ['PCMA', 0x55, -8],
  ['PCMA', 0xd5, 8],
];

describe('G.711', () => {
  test.each(reference)('%s has code %i for %i', (law, code, sample) => {
    expect(decodeG711(law, Uint8Array.of(code))[0]).toBe(sample);
    expect(encodeG711(law, Int16Array.of(sample))[0]).toBe(code);
  });

  describe.each(laws)('%s', (law) => {
    test('gives each code back', () => {
      const codes = Uint8Array.from({ length: 256 }, (_, code) => code).filter(
        (code) => law === 'PCMA' || code !== 0x7f,
      );
      expect(encodeG711(law, decodeG711(law, codes))).toEqual(codes);
    });

    test('is within its step of every sample', () => {
      const samples = Int16Array.from({ length: 65_536 }, (_, bits) => (bits << 16) >> 16);
      const heard = decodeG711(law, encodeG711(law, samples));
      const off = samples.findIndex((sample, i) => Math.abs(sample - heard[i]!) > Math.max(16, Math.abs(sample) / 16));
      expect(off).toBe(-1);
    });
  });
});
