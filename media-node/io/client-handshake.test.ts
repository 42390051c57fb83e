import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClientHandshake } from './client-handshake.ts';

/** A fragment of a handshake message (RFC 6347 section 4.2.2). */
function fragment(type: number, messageSeq: number, body: Buffer, from = 0, to = body.length): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(type, 0);
  header.writeUIntBE(body.length, 1, 3);
  header.writeUInt16BE(messageSeq, 4);
  header.writeUIntBE(from, 6, 3);
  header.writeUIntBE(to - from, 9, 3);
  return Buffer.concat([header, body.subarray(from, to)]);
}

const types = [1, 1, 11, 16, 15];
const bodies = types.map((type, messageSeq) => Buffer.alloc(10 + 7 * messageSeq, type));
const whole = types.map((type, messageSeq) => fragment(type, messageSeq, bodies[messageSeq]!));

/** All messages in pieces of so many bytes. */
function pieces(size: number): Buffer[] {
  return types.flatMap((type, messageSeq) => {
    const body = bodies[messageSeq]!;
    const starts = Array.from({ length: Math.ceil(body.length / size) }, (_, at) => at * size);
    return starts.map((from) => fragment(type, messageSeq, body, from, Math.min(from + size, body.length)));
  });
}

function takeAll(handshake: ClientHandshake, records: readonly Buffer[]): Buffer[] {
  return records.flatMap((record) => handshake.take(record));
}

test('messages are given whole and in their order, in however many records they come', () => {
  expect(takeAll(new ClientHandshake(), whole)).toEqual(whole);
  expect(takeAll(new ClientHandshake(), [Buffer.concat(whole)])).toEqual(whole);
  expect(takeAll(new ClientHandshake(), pieces(4))).toEqual(whole);
});

test('whatever the network loses, doubles and reorders, each message after the hello is given once, as soon as it is there', () => {
  const all = pieces(5);
  fc.assert(
    fc.property(fc.array(fc.nat(all.length - 1), { maxLength: 60 }), (arrivals) => {
      const handshake = new ClientHandshake();
      const given = takeAll(
        handshake,
        [...arrivals, ...all.keys()].map((at) => all[at]!),
      );
      const isFirst = (message: Buffer, at: number): boolean =>
        given.findIndex((other) => other.equals(message)) === at;
      expect(given.filter(isFirst)).toEqual(whole);
      const again = given.filter((message, at) => !isFirst(message, at));
      expect(again.every((message) => message[0] === 1)).toBe(true);
    }),
  );
});

test('a hello that comes again is given again until something came after it', () => {
  const handshake = new ClientHandshake();
  const [first, second, certificate] = whole as [Buffer, Buffer, Buffer];
  expect(takeAll(handshake, [first, first, second, first, second, certificate, second, certificate])).toEqual([
    first,
    first,
    second,
    second,
    certificate,
  ]);
});

test('a hello that is not the one before is given too', () => {
  const handshake = new ClientHandshake();
  const spoofed = fragment(1, 0, Buffer.alloc(30));
  expect(takeAll(handshake, [spoofed, ...pieces(5)])).toEqual([spoofed, ...whole]);
});

test('what makes no sense is passed over and holds nothing', () => {
  const handshake = new ClientHandshake();
  const body = Buffer.alloc(100);
  const senseless = [
    Buffer.alloc(0),
    Buffer.alloc(11, 1),
    fragment(20, 0, body),
    fragment(2, 0, body),
    fragment(15, 0, body),
    fragment(1, 2, body),
    fragment(1, 100, body),
    fragment(1, 0, Buffer.alloc(8193)),
    fragment(1, 0, body).subarray(0, 50),
    Buffer.concat([fragment(1, 0, body, 0, 10).fill(0xff, 6, 9), body]),
  ];
  expect(takeAll(handshake, senseless)).toEqual([]);
  expect(takeAll(handshake, whole)).toEqual(whole);
});

test('any bytes are taken', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (records) => {
      takeAll(new ClientHandshake(), records.map(Buffer.from));
    }),
  );
});
