import { expect, test } from 'vitest';
import { readAudioLevel, toAudioLevel } from './audio-level.ts';
import { encodeRtp } from './encode.ts';
import { RtpPacket } from './packet.ts';

const header = { payloadType: 111, marker: true, seq: 1, timestamp: 2, ssrc: 3 };

test.each([
  ['nothing', new Int16Array(0), 127],
  ['silence', new Int16Array(160), 127],
  ['the faintest noise', new Int16Array(160).fill(1), 90],
  ['a tenth of the loudest', new Int16Array(160).fill(3277), 20],
  ['the loudest', new Int16Array(160).fill(-32_768), 0],
])('the level of %s', (_, samples, level) => {
  expect(toAudioLevel(samples)).toBe(level);
});

test.each([0, 1, 64, 127])('the level %i comes out of a packet as it went in, with its payload', (level) => {
  const payload = Uint8Array.of(1, 2, 3);
  const packet = RtpPacket.parse(encodeRtp(header, payload, { id: 4, level }));
  expect(readAudioLevel(packet.bytes, 4)).toBe(level);
  expect(readAudioLevel(packet.bytes, 5)).toBeUndefined();
  expect(packet.bytes.subarray(packet.payloadOffset)).toEqual(payload);
  expect(packet).toMatchObject({ seq: 1, timestamp: 2, ssrc: 3, payloadType: 111 });
});

test('a packet without it has none', () => {
  expect(readAudioLevel(encodeRtp(header, Uint8Array.of(9)), 4)).toBeUndefined();
});
