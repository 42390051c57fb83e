import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { frame, StreamDeframer } from './stream-framing.ts';

const MAX_BYTES = 100;

test('a packet goes after its length', () => {
  expect([...frame(Uint8Array.of(7, 8, 9))]).toEqual([0, 3, 7, 8, 9]);
});

test('packets come out as they went in, however the stream is cut', () => {
  const packet = fc.uint8Array({ minLength: 1, maxLength: MAX_BYTES });
  fc.assert(
    fc.property(fc.array(packet), fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (packets, cuts) => {
      const stream = packets.flatMap((bytes) => [...frame(bytes)]);
      const deframer = new StreamDeframer(MAX_BYTES);
      const found: number[][] = [];
      for (let at = 0; at < stream.length;) {
        const size = cuts.next().value as number;
        found.push(...deframer.push(Uint8Array.from(stream.slice(at, at + size))).map((bytes) => [...bytes]));
        at += size;
      }
      expect(found).toEqual(packets.map((bytes) => [...bytes]));
    }),
  );
});

test('an empty packet is left out', () => {
  expect(new StreamDeframer(MAX_BYTES).push(Uint8Array.of(0, 0, 0, 0, 0, 1, 5))).toEqual([Uint8Array.of(5)]);
});

test('a packet that is too long is a fault before any of it has come', () => {
  const deframer = new StreamDeframer(MAX_BYTES);
  expect(deframer.push(Uint8Array.of(0))).toEqual([]);
  expect(() => deframer.push(Uint8Array.of(MAX_BYTES + 1))).toThrow(ProtocolError);
});

test('whatever bytes come, it gives packets or a fault', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
      const deframer = new StreamDeframer(MAX_BYTES);
      try {
        for (const chunk of chunks) {
          for (const packet of deframer.push(chunk)) expect(packet.length).toBeLessThanOrEqual(MAX_BYTES);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});
