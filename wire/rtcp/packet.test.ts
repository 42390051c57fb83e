import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { after, edges } from '../rtp/seq.fixture.ts';
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
      { type: 'fir', ssrc: 9 },
      { type: 'bye', ssrcs: [9] },
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
