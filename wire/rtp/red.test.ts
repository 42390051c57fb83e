import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rtpPacket } from './packet.fixture.ts';
import { RtpPacket } from './packet.ts';
import { previousOf, renumberRed, withoutRedundancy } from './red.ts';

/** Two earlier packets of two bytes and one, then the packet itself. */
const payload = [0x80 | 109, 0x0f, 0x00, 2, 0x80 | 109, 0x07, 0x80, 1, 109, 1, 1, 2, 7, 8, 9];

test('the primary payload is what is left without redundancy', () => {
  const plain = withoutRedundancy(rtpPacket({ ssrc: 5, seq: 6, timestamp: 7, payloadType: 63, marker: true }, payload));
  expect(plain).toMatchObject({ ssrc: 5, seq: 6, timestamp: 7, payloadType: 109, marker: true });
  expect([...plain!.payload]).toEqual([7, 8, 9]);
});

test('all blocks are given another payload type', () => {
  const bytes = Uint8Array.from(payload);
  expect(renumberRed(bytes, 0, bytes.length, 111)).toBe(true);
  expect([bytes[0], bytes[4], bytes[8]]).toEqual([0x80 | 111, 0x80 | 111, 111]);
  expect([...bytes.subarray(9)]).toEqual(payload.slice(9));
});

test('the packet before is what the last redundant block repeats', () => {
  const previous = previousOf(rtpPacket({ ssrc: 5, seq: 0, timestamp: 100, payloadType: 63, marker: true }, payload));
  const fields = { ssrc: 5, seq: 0xffff, timestamp: 2 ** 32 + 100 - 480, payloadType: 63, marker: false };
  expect(previous).toMatchObject(fields);
  expect(withoutRedundancy(previous!)).toMatchObject({ ...fields, payloadType: 109 });
  expect([...withoutRedundancy(previous!)!.payload]).toEqual([2]);
  // What it repeats itself is as much older.
  const beforeThat = previousOf(previous!);
  expect(beforeThat).toMatchObject({ seq: 0xfffe, timestamp: 2 ** 32 + 100 - 960, payloadType: 109 });
  expect([...beforeThat!.payload]).toEqual([1, 1]);
  expect(previousOf(beforeThat!)).toBeUndefined();
});

test('a packet with one block has one before it, which repeats nothing, nor what is no older than itself', () => {
  const one = previousOf(rtpPacket({ payloadType: 63 }, [0x80 | 109, 0x0f, 0x00, 2, 109, 1, 2, 9]));
  expect(one).toMatchObject({ payloadType: 109 });
  expect([...one!.payload]).toEqual([1, 2]);
  const twice = [0x80 | 109, 0x07, 0x80, 2, 0x80 | 109, 0x07, 0x80, 1, 109, 1, 1, 2, 7];
  expect(previousOf(rtpPacket({ payloadType: 63 }, twice))).toMatchObject({ payloadType: 109 });
  expect(previousOf(rtpPacket({ payloadType: 63 }, [109, 8, 9]))).toBeUndefined();
});

test.each([
  ['nothing', []],
  ['redundant blocks alone', [0x80 | 109, 0, 0, 1]],
  ['a block that is longer than the packet', [0x80 | 109, 0, 0, 9, 109, 1]],
])('%s has no primary payload, and no packet before', (_, bytes) => {
  expect(withoutRedundancy(rtpPacket({ payloadType: 63 }, bytes))).toBeUndefined();
  expect(previousOf(rtpPacket({ payloadType: 63 }, bytes))).toBeUndefined();
});

test('whatever bytes come, they are read within their bounds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const packet = rtpPacket({ payloadType: 63 }, bytes);
      const plain = withoutRedundancy(packet);
      if (plain) expect(plain.bytes.length).toBeLessThan(packet.bytes.length);
      const previous = previousOf(packet);
      if (previous) expect(previous.bytes.length).toBeLessThan(packet.bytes.length);
      const copy = Uint8Array.from(packet.bytes);
      renumberRed(copy, packet.payloadOffset, packet.payloadEnd, 111);
      expect(RtpPacket.parse(copy).seq).toBe(packet.seq);
    }),
  );
});
