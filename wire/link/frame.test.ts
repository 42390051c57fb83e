import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { decodeLinkFrame, encodeLinkFrame } from './frame.ts';

const packets = fc.array(
  fc.record({ number: fc.integer({ min: 0, max: 65_535 }), packet: fc.uint8Array({ minLength: 8, maxLength: 1500 }) }),
);

describe('a link frame', () => {
  test('gives back every batch of packets that was put in', () => {
    fc.assert(
      fc.property(packets, (batch) => {
        expect(decodeLinkFrame(encodeLinkFrame(batch))).toEqual(batch);
      }),
    );
  });

  test('is refused as a protocol error, or read within its bounds, whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
        try {
          for (const { packet } of decodeLinkFrame(bytes)) expect(packet.length).toBeGreaterThanOrEqual(8);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['a header cut short', [0, 1, 0]],
    ['a packet cut short', [0, 1, 0, 9, 128, 0, 0, 0]],
    ['a packet too short for RTP', [0, 1, 0, 1, 128]],
  ])('with %s is refused', (_, bytes) => {
    expect(() => decodeLinkFrame(Uint8Array.from(bytes))).toThrow(ProtocolError);
  });
});
