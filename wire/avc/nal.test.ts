import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { avcCodecString, avcDecoderConfiguration } from './config.ts';
import { splitAnnexB, toAvcc } from './nal.ts';

test.each([
  ['three-byte start codes', [0, 0, 1, 0x67, 5, 0, 0, 1, 0x68], [[0x67, 5], [0x68]]],
  ['four-byte start codes', [0, 0, 0, 1, 0x67, 5, 0, 0, 0, 1, 0x68], [[0x67, 5], [0x68]]],
  ['zeros at the end', [0, 0, 1, 0x65, 1, 0, 0], [[0x65, 1]]],
  ['something before the first start code', [9, 9, 0, 0, 1, 0x65], [[0x65]]],
  ['an empty unit', [0, 0, 1, 0, 0, 1, 0x65], [[0x65]]],
  ['no start code', [1, 1, 1], []],
  ['nothing', [], []],
])('splits a byte stream with %s', (_, stream, nals) => {
  expect(splitAnnexB(Uint8Array.from(stream)).map((nal) => [...nal])).toEqual(nals);
});

test('any bytes are split into units without a start code in them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ max: 2, maxLength: 64 }), (stream) => {
      for (const nal of splitAnnexB(stream)) expect(Buffer.from(nal).includes(Buffer.from([0, 0, 1]))).toBe(false);
    }),
  );
});

test('puts units behind their lengths', () => {
  expect(toAvcc([Uint8Array.of(0x65, 1), Uint8Array.of(6)])).toEqual(Uint8Array.of(0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 6));
});

test('the record of a high profile tells the chroma format, that of others does not', () => {
  const pps = Uint8Array.of(0x68, 1);
  const high = avcDecoderConfiguration(Uint8Array.of(0x67, 100, 0, 22), pps);
  expect([...high]).toEqual([1, 100, 0, 22, 0xff, 0xe1, 0, 4, 0x67, 100, 0, 22, 1, 0, 2, 0x68, 1, 0xfd, 0xf8, 0xf8, 0]);
  expect(avcCodecString(high)).toBe('avc1.640016');
  expect(avcDecoderConfiguration(Uint8Array.of(0x67, 66, 192, 30), pps)).toHaveLength(high.length - 4);
});
