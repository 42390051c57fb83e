import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { extensionsLength, visitExtensions, writeExtensions } from './header-extension.ts';
import { rtpPacket } from './packet.fixture.ts';
import { isRtcp, rtpHeaderLength, RtpPacket } from './packet.ts';
import { unwrapRtx, wrapRtx } from './rtx.ts';

/** Where the elements of a packet's extension lie. */
function elementsOf(bytes: Uint8Array): { id: number; data: number[] }[] {
  const elements: { id: number; data: number[] }[] = [];
  visitExtensions(bytes, (id, offset, length) =>
    elements.push({ id, data: [...bytes.subarray(offset, offset + length)] }),
  );
  return elements;
}

describe('an RTP packet', () => {
  test('gives the fields of its header', () => {
    const packet = rtpPacket({
      ssrc: 0xdead_beef,
      seq: 65_535,
      timestamp: 0x8000_0001,
      payloadType: 111,
      marker: true,
    });
    expect(packet).toMatchObject({
      ssrc: 0xdead_beef,
      seq: 65_535,
      timestamp: 0x8000_0001,
      payloadType: 111,
      marker: true,
      payloadOffset: 12,
    });
  });

  test('has its payload behind contributors and extension, and before the padding', () => {
    const bytes = Uint8Array.from([
      0xb1,
      96,
      ...Array<number>(14).fill(0),
      0xbe,
      0xde,
      0,
      1,
      0x10,
      7,
      0,
      0,
      1,
      2,
      3,
      0,
      2,
    ]);
    const packet = RtpPacket.parse(bytes);
    expect([...packet.payload]).toEqual([1, 2, 3]);
    expect(elementsOf(bytes)).toEqual([{ id: 1, data: [7] }]);
  });

  test.each([
    ['nothing', []],
    ['another version', Array<number>(12).fill(0)],
    ['contributors cut short', [0x81, ...Array<number>(11).fill(0)]],
    ['an extension cut short', [0x90, ...Array<number>(11).fill(0), 0xbe, 0xde, 0, 9]],
    ['padding of no bytes', [0xa0, ...Array<number>(12).fill(0)]],
    ['more padding than payload', [0xa0, ...Array<number>(11).fill(0), 1, 1, 9]],
  ])('of %s is refused', (_, bytes) => {
    expect(() => RtpPacket.parse(Uint8Array.from(bytes))).toThrow(ProtocolError);
  });

  test('is read within its bounds, or refused, whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
        isRtcp(bytes);
        if (rtpHeaderLength(bytes) === undefined) {
          expect(() => RtpPacket.parse(bytes)).toThrow(ProtocolError);
          return;
        }
        for (const { data } of elementsOf(bytes)) expect(data).not.toContain(undefined);
        try {
          const packet = RtpPacket.parse(bytes);
          unwrapRtx(packet, { payloadType: 96, ssrc: 1 });
          expect(packet.payloadEnd).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

test('header extensions that are written are read again', () => {
  const element = fc.record({
    id: fc.integer({ min: 1, max: 14 }),
    data: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 16 }), fc.uint8Array({ minLength: 17, maxLength: 100 })),
  });
  fc.assert(
    fc.property(fc.array(element, { maxLength: 5 }), (elements) => {
      const bytes = new Uint8Array(12 + extensionsLength(elements));
      bytes[0] = elements.length > 0 ? 0x90 : 0x80;
      writeExtensions(bytes, 12, elements);
      expect(elementsOf(bytes)).toEqual(elements.map(({ id, data }) => ({ id, data: [...data] })));
    }),
  );
});

test('extensions in the two-byte form are read', () => {
  const bytes = Uint8Array.from([0x90, ...Array<number>(11).fill(0), 0x10, 0, 0, 2, 20, 2, 5, 6, 0, 3, 1, 7]);
  expect(elementsOf(bytes)).toEqual([
    { id: 20, data: [5, 6] },
    { id: 3, data: [7] },
  ]);
});

describe('a retransmission', () => {
  test('gives back the packet that it repeats', () => {
    const original = rtpPacket({ ssrc: 7, seq: 65_535, timestamp: 99, marker: true }, [1, 2, 3]);
    const rtx = wrapRtx(original, 65_535, { payloadType: 97, ssrc: 8, seq: 3, timestamp: 99 });
    expect(RtpPacket.parse(rtx)).toMatchObject({ payloadType: 97, ssrc: 8, seq: 3, timestamp: 99, marker: true });
    expect(unwrapRtx(RtpPacket.parse(rtx), { payloadType: 96, ssrc: 7 })?.bytes).toEqual(original.bytes);
  });

  test('without a payload repeats nothing', () => {
    expect(unwrapRtx(rtpPacket({}, [0, 5]), { payloadType: 96, ssrc: 7 })).toBeUndefined();
  });
});
