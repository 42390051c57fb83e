import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { parseSdp, rtpMaps, writeSdp } from './session.ts';

const offer = [
  'v=0',
  'o=alice 1 2 IN IP4 10.0.0.7',
  's=-',
  'c=IN IP4 10.0.0.7',
  't=0 0',
  'm=audio 4000 RTP/AVP 8 0 101',
  'a=rtpmap:101 telephone-event/8000',
  'a=sendonly',
  'm=video 4002 RTP/AVP 96',
  'c=IN IP4 10.0.0.8',
  'a=rtpmap:96 H264/90000',
  '',
].join('\r\n');

describe('a session description', () => {
  test('tells where each medium goes and how it is coded', () => {
    const { media } = parseSdp(offer);
    expect(media.map(({ kind, port, address, direction }) => ({ kind, port, address, direction }))).toEqual([
      { kind: 'audio', port: 4000, address: '10.0.0.7', direction: 'sendonly' },
      { kind: 'video', port: 4002, address: '10.0.0.8', direction: 'sendrecv' },
    ]);
    expect(rtpMaps(media[0]!)).toEqual([
      { payloadType: 8, encoding: 'PCMA', clockRate: 8000 },
      { payloadType: 0, encoding: 'PCMU', clockRate: 8000 },
      { payloadType: 101, encoding: 'TELEPHONE-EVENT', clockRate: 8000 },
    ]);
  });

  test('is read back as it was written', () => {
    const session = parseSdp(offer);
    const one = { ...session, media: session.media.slice(0, 1), address: '10.0.0.7' };
    expect(parseSdp(writeSdp(one))).toEqual({ origin: one.origin, media: one.media });
  });

  test.each([
    ['nothing', ''],
    ['another version', 'v=1\r\no=- 1 1 IN IP4 1.2.3.4\r\n'],
    ['no origin', 'v=0\r\ns=-\r\n'],
    ['a port out of range', 'v=0\r\no=-\r\nm=audio 70000 RTP/AVP 0\r\n'],
    ['a media line cut short', 'v=0\r\no=-\r\nm=audio 4000\r\n'],
    ['too many media', `v=0\r\no=-\r\n${'m=audio 4000 RTP/AVP 0\r\n'.repeat(17)}`],
    ['too many attributes', `v=0\r\no=-\r\nm=audio 4000 RTP/AVP 0\r\n${'a=x\r\n'.repeat(129)}`],
    ['too many bytes', `v=0\r\no=-\r\n${'b=AS:64\r\n'.repeat(2000)}`],
  ])('with %s is refused', (_, text) => {
    expect(() => parseSdp(text)).toThrow(ProtocolError);
  });

  test.each(['IN IP4 999.1.1.1', 'IN IP6 ::1', 'IN IP4 host.example', ''])('has no address in "c=%s"', (connection) => {
    const { media } = parseSdp(`v=0\r\no=-\r\nc=${connection}\r\nm=audio 4000 RTP/AVP 0\r\n`);
    expect(media[0]!.address).toBeUndefined();
  });

  test('knows no coding by a name that every object has', () => {
    const { media } = parseSdp('v=0\no=-\nm=audio 1 RTP/AVP constructor __proto__ 0');
    expect(rtpMaps(media[0]!)).toEqual([{ payloadType: 0, encoding: 'PCMU', clockRate: 8000 }]);
  });

  test('is refused as a protocol error, or read within its bounds, whatever text it has', () => {
    const line = fc.oneof(
      fc.constantFrom(...offer.split('\r\n')),
      fc.tuple(fc.constantFrom('v', 'o', 'c', 'm', 'a'), fc.string()).map(([letter, value]) => `${letter}=${value}`),
      fc.string(),
    );
    const text = fc.array(line, { maxLength: 30 }).map((lines) => ['v=0', 'o=-', ...lines].join('\n'));
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (sdp) => {
        try {
          for (const media of parseSdp(sdp).media) {
            expect(media.port).toBeLessThanOrEqual(65_535);
            for (const { payloadType } of rtpMaps(media)) expect(payloadType).toBeLessThanOrEqual(127);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
