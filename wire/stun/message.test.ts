import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { decodeStun, encodeBindingError, encodeBindingRequest, encodeBindingSuccess, stunTypes } from './message.ts';

const transactionId = Uint8Array.from({ length: 12 }, (_, i) => i);

function hmacOf(password: string): (covered: Uint8Array) => Uint8Array {
  return (covered) => createHmac('sha1', password).update(covered).digest();
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

/** RFC 5769 section 2.1. */
const sampleRequest = fromHex(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff
  80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249
  c1b571a2 80280004 e57a3bcf`);

describe('a STUN message', () => {
  test('of RFC 5769 is read and verified', () => {
    const message = decodeStun(sampleRequest);
    expect(message).toMatchObject({
      type: stunTypes.bindingRequest,
      username: 'evtj:h6vY',
      fingerprintValid: true,
      unknownRequired: [],
      useCandidate: false,
    });
    const expected = hmacOf('VOkJxbRl1RmTxUk/WvJxBt')(message.integrity!.covered);
    expect([...message.integrity!.hmac]).toEqual([...expected]);
  });

  test('that is written is read again', () => {
    const bytes = encodeBindingRequest(transactionId, { username: 'a:b', useCandidate: true, hmac: hmacOf('secret') });
    const message = decodeStun(bytes);
    expect(message).toMatchObject({ username: 'a:b', useCandidate: true, fingerprintValid: true });
    expect([...message.integrity!.hmac]).toEqual([...hmacOf('secret')(message.integrity!.covered)]);
  });

  test('has a wrong fingerprint when a bit of it changed', () => {
    for (let at = 20; at < sampleRequest.length - 8; at += 7) {
      const changed = Uint8Array.from(sampleRequest);
      changed[at]! ^= 1;
      try {
        expect(decodeStun(changed).fingerprintValid).not.toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }
  });

  test.each([
    ['nothing', ''],
    ['another cookie', '00010000 00000000 000102030405060708090a0b'],
    ['a wrong length', '00010004 2112a442 000102030405060708090a0b'],
    ['an odd length', '00010001 2112a442 000102030405060708090a0b 00'],
    ['an attribute that runs past it', '00010004 2112a442 000102030405060708090a0b 00060009'],
    ['integrity of a wrong length', '00010008 2112a442 000102030405060708090a0b 00080004 00000000'],
  ])('of %s is refused', (_, hex) => {
    expect(() => decodeStun(fromHex(hex))).toThrow(ProtocolError);
  });

  test('is read or refused, whatever bytes it has', () => {
    const attributes = fc.array(
      fc.tuple(fc.constantFrom(0x06, 0x08, 0x20, 0x24, 0x25, 0x8028, 0x7777), fc.uint8Array({ maxLength: 30 })),
    );
    fc.assert(
      fc.property(attributes, fc.nat(3), (list, cut) => {
        const body = list.flatMap(([type, value]) => [
          type >> 8,
          type & 0xff,
          0,
          value.length,
          ...value,
          ...Array<number>(-value.length & 3).fill(0),
        ]);
        const bytes = Uint8Array.from([
          0,
          1,
          body.length >> 8,
          body.length & 0xff,
          0x21,
          0x12,
          0xa4,
          0x42,
          ...transactionId,
          ...body,
        ]);
        try {
          decodeStun(bytes.subarray(0, bytes.length - cut));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('names at most sixteen attributes that it does not know', () => {
    const body = Array.from({ length: 100 }, (_, i) => [0x70, i, 0, 0]).flat();
    const bytes = Uint8Array.from([0, 1, 1, 0x90, 0x21, 0x12, 0xa4, 0x42, ...transactionId, ...body]);
    expect(decodeStun(bytes).unknownRequired.length).toBeLessThanOrEqual(16);
  });
});

describe('an answer', () => {
  const request = decodeStun(sampleRequest);

  test.each([
    ['192.0.2.1', '0001a147e112a643'],
    ['::ffff:192.0.2.1', '0001a147e112a643'],
    ['2001:db8:1234:5678:11:2233:4455:6677', '0002a1470113a9faa5d3f179bc25f4b5bed2b9d9'],
  ])('tells that the request came from %s as RFC 5769 does', (address, value) => {
    const bytes = encodeBindingSuccess(request, { address, port: 32_853 }, hmacOf('x'));
    expect(Buffer.from(bytes.subarray(24, 24 + value.length / 2)).toString('hex')).toBe(value);
    const read = decodeStun(bytes);
    expect(read).toMatchObject({ type: stunTypes.bindingSuccess, fingerprintValid: true });
    expect([...read.integrity!.hmac]).toEqual([...hmacOf('x')(read.integrity!.covered)]);
  });

  test('that refuses carries the code', () => {
    const bytes = encodeBindingError(request, 401);
    expect(decodeStun(bytes)).toMatchObject({ type: stunTypes.bindingError, fingerprintValid: true });
    expect([...bytes.subarray(20, 28)]).toEqual([0, 9, 0, 4, 0, 0, 4, 1]);
  });
});
