import { ProtocolError } from '@muon/wire/protocol-error.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toPlainPacket } from './plain-packet.ts';

const header = [0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];

test('a packet without header extension stays as it is', () => {
  const bytes = Uint8Array.from([...header, 7, 8, 9]);
  expect(toPlainPacket(bytes).bytes).toBe(bytes);
});

test('a header extension is taken out, CSRCs and payload stay', () => {
  const csrc = [0, 0, 0, 9];
  const extension = [0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0];
  const bytes = Uint8Array.from([0x91, ...header.slice(1), ...csrc, ...extension, 7, 8, 9]);
  const packet = toPlainPacket(bytes);
  expect([...packet.bytes]).toEqual([0x81, ...header.slice(1), ...csrc, 7, 8, 9]);
  expect([...packet.payload]).toEqual([7, 8, 9]);
});

test('whatever bytes come give a packet without extension or a protocol error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
      try {
        expect(toPlainPacket(bytes).bytes[0]! & 0x10).toBe(0);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 2000 },
  );
});
