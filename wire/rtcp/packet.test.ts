import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { after, edges } from '../rtp/seq.fixture.ts';
import { encodeReferenceTime } from './extended-report.ts';
import { concat, decodeRtcp, encodeNack, encodePli, encodeReceiverReport, encodeSenderReport } from './packet.ts';

const block = {
  ssrc: 5,
  fractionLost: 12,
  packetsLost: -3,
  highestSeq: 0x1_ffff,
  jitter: 4,
  lastSenderReport: 0xffff_0000,
  delaySinceLastSenderReport: 65_536,
};

describe('RTCP', () => {
  test('that is written is read again, compound', () => {
    const info = { ssrc: 9, ntpSeconds: 0xee00_0001, ntpFraction: 0x8000_0000, rtpTimestamp: 0xffff_fff0 };
    const bytes = concat([
      encodeSenderReport(info, { packets: 2, payloadBytes: 30 }, 'cname'),
      encodeReceiverReport(1, [block]),
      encodePli(1, 7),
    ]);
    expect(decodeRtcp(bytes)).toEqual([
      { type: 'senderReport', info, reports: [] },
      { type: 'receiverReport', reports: [block] },
      { type: 'pli', ssrc: 7 },
    ]);
  });

  test.each(edges)('asks for packets around %i', (start) => {
    const seqs = [0, 1, 2, 16, 17, 40].map((by) => after(start, by));
    expect(decodeRtcp(encodeNack(1, 7, seqs))).toEqual([{ type: 'nack', ssrc: 7, seqs }]);
  });

  test('reads FIR and BYE', () => {
    const fir = [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0];
    const bye = [0x81, 203, 0, 1, 0, 0, 0, 9];
    expect(decodeRtcp(Uint8Array.from([...fir, ...bye]))).toEqual([
      { type: 'fir', senderSsrc: 1, ssrc: 9, number: 1 },
      { type: 'bye', ssrcs: [9] },
    ]);
  });

  test('reads REMB, and leaves other feedback of applications alone', () => {
    const remb = [0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0x52, 0x45, 0x4d, 0x42, 1, 0x1b, 0xff, 0xff, 0, 0, 0, 9];
    expect(decodeRtcp(Uint8Array.from(remb))).toEqual([{ type: 'remb', bitrateBps: 0x3ffff * 2 ** 6 }]);
    expect(decodeRtcp(Uint8Array.from(remb.with(12, 0)))).toEqual([]);
  });

  test('reads the answers to the times that an extended report gave', () => {
    const request = encodeReferenceTime(1, 0x1234_5678_9abc);
    expect([...request.subarray(8)]).toEqual([4, 0, 0, 2, 0, 0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc]);
    const unknown = [9, 0, 0, 1, 0, 0, 0, 0];
    const answer = [5, 0, 0, 3, 0, 0, 0, 1, 0x12, 0x34, 0x56, 0x78, 0, 1, 0, 0];
    expect(decodeRtcp(Uint8Array.from([0x80, 207, 0, 7, 0, 0, 0, 2, ...unknown, ...answer]))).toEqual([
      { type: 'roundTrips', reports: [{ ssrc: 1, lastReport: 0x1234_5678, delaySinceLastReport: 65_536 }] },
    ]);
  });

  test.each([
    ['cut short', [0x80, 200, 0]],
    ['of another version', [0x40, 200, 0, 0]],
    ['longer than its datagram', [0x80, 201, 0, 9, 0, 0, 0, 0]],
    ['with more reports than bytes', [0x9f, 201, 0, 1, 0, 0, 0, 0]],
    ['with more padding than packet', [0xa0, 201, 0, 1, 0, 0, 0, 99]],
    ['feedback about nothing', [0x81, 206, 0, 1, 0, 0, 0, 0]],
    ['BYE cut short', [0x82, 203, 0, 1, 0, 0, 0, 0]],
    ['REMB cut short', [0x8f, 206, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0x52, 0x45, 0x4d, 0x42, 0, 0, 0, 0]],
    ['an extended report whose block runs past it', [0x80, 207, 0, 2, 0, 0, 0, 1, 5, 0, 0, 9]],
  ])('%s is refused', (_, bytes) => {
    expect(() => decodeRtcp(Uint8Array.from(bytes))).toThrow(ProtocolError);
  });

  test('is read or refused, whatever bytes it has', () => {
    const one = fc.tuple(fc.nat(63), fc.integer({ min: 199, max: 208 }), fc.uint8Array({ maxLength: 60 }));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 4 }), fc.nat(4), (packets, cut) => {
        const bytes = Uint8Array.from(
          packets.flatMap(([flags, type, body]) => [
            0x80 | flags,
            type,
            0,
            body.length >> 2,
            ...body.subarray(0, body.length & ~3),
          ]),
        );
        try {
          decodeRtcp(bytes.subarray(0, Math.max(0, bytes.length - cut)));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
