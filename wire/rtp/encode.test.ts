import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRtp } from './encode.ts';
import { RtpPacket } from './packet.ts';

test('a packet is read as it was written', () => {
  const header = fc.record({
    payloadType: fc.nat(127),
    marker: fc.boolean(),
    seq: fc.nat(0xffff),
    timestamp: fc.nat(0xffff_ffff),
    ssrc: fc.nat(0xffff_ffff),
  });
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 200 }), (said, payload) => {
      const packet = RtpPacket.parse(encodeRtp(said, payload));
      expect(packet).toMatchObject(said);
      expect(packet.payload).toEqual(payload);
    }),
  );
});
