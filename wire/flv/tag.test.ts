import { expect, test } from 'vitest';
import { onMetaData } from './metadata.ts';
import { aacFrame, aacSequenceHeader, avcFrame, avcSequenceHeader } from './tag.ts';

const data = Uint8Array.of(7, 8);

test.each([
  ['the AVC record', avcSequenceHeader(data), [0x17, 0, 0, 0, 0, 7, 8]],
  ['a keyframe', avcFrame(data, true), [0x17, 1, 0, 0, 0, 7, 8]],
  ['an interframe', avcFrame(data, false), [0x27, 1, 0, 0, 0, 7, 8]],
  ['the AAC configuration', aacSequenceHeader(data), [0xaf, 0, 7, 8]],
  ['an AAC frame', aacFrame(data), [0xaf, 1, 7, 8]],
])('puts %s in a tag', (_, body, expected) => {
  expect([...body]).toEqual(expected);
});

test('metadata is an AMF0 array of numbers and booleans', () => {
  const body = Buffer.from(onMetaData({ width: 640, stereo: true }));
  expect(body.subarray(0, 13)).toEqual(Buffer.from('\x02\x00\x0aonMetaData', 'latin1'));
  expect(body.subarray(13, 18)).toEqual(Buffer.from([8, 0, 0, 0, 2]));
  expect(body.readDoubleBE(26)).toBe(640);
  expect(body.subarray(34, 43)).toEqual(Buffer.from('\x00\x06stereo\x01', 'latin1'));
  expect([...body.subarray(43)]).toEqual([1, 0, 0, 9]);
});
