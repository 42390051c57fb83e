import { ProtocolError } from '@muon/wire/protocol-error.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toPlainPacket } from './plain-packet.ts';

const header = [0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];

/** A header extension with room for a transport-wide number and nothing else. */
const room = [0xbe, 0xde, 0, 1, 0x31, 0, 0, 0];

test('a packet without header extension gets room for a transport-wide number', () => {
  const bytes = Uint8Array.from([...header, 7, 8, 9]);
  expect([...toPlainPacket(bytes).bytes]).toEqual([0x90, ...header.slice(1), ...room, 7, 8, 9]);
});

test('a header extension of the link is taken out, CSRCs and payload stay', () => {
  const csrc = [0, 0, 0, 9];
  const extension = [0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0];
  const bytes = Uint8Array.from([0x91, ...header.slice(1), ...csrc, ...extension, 7, 8, 9]);
  const packet = toPlainPacket(bytes);
  expect([...packet.bytes]).toEqual([0x91, ...header.slice(1), ...csrc, ...room, 7, 8, 9]);
  expect([...packet.payload]).toEqual([7, 8, 9]);
});

test('whatever bytes come give a packet with that room alone or a protocol error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
      try {
        const packet = toPlainPacket(bytes).bytes;
        const at = 12 + 4 * (packet[0]! & 0x0f);
        expect([...packet.subarray(at, at + room.length)]).toEqual(room);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 2000 },
  );
});
