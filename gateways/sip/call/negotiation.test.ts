import { parseSdp } from '@muon/wire/sdp/session.ts';
import { describe, expect, test } from 'vitest';
import { agree, isHeld, writeAnswer, writeOffer } from './negotiation.ts';

const local = { address: '192.0.2.1', port: 20_000, sessionId: 7, version: 1 };

const offer = (...lines: string[]) =>
  ['v=0', 'o=- 1 1 IN IP4 10.0.0.7', 's=-', 'c=IN IP4 10.0.0.7', 't=0 0', ...lines, ''].join('\r\n');

describe('an offer', () => {
  test('is agreed to in the phone’s order of preference', () => {
    const agreed = agree(offer('m=audio 4000 RTP/AVP 18 8 0 96', 'a=rtpmap:96 telephone-event/8000'));
    expect(agreed).toEqual({
      address: '10.0.0.7',
      port: 4000,
      law: 'PCMA',
      payloadType: 8,
      keysPayloadType: 96,
      direction: 'sendrecv',
    });
  });

  test.each([
    ['no SDP', 'hello'],
    ['no audio', offer('m=video 4000 RTP/AVP 96', 'a=rtpmap:96 H264/90000')],
    ['codecs that are none of ours', offer('m=audio 4000 RTP/AVP 18 3')],
    ['a static number given to another codec', offer('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 G726-32/8000')],
    ['nothing but encryption', offer('m=audio 4000 RTP/SAVP 0')],
    ['audio that has ended', offer('m=audio 0 RTP/AVP 0')],
    ['no address', 'v=0\r\no=- 1 1 IN IP4 10.0.0.7\r\nm=audio 4000 RTP/AVP 0\r\n'],
  ])('with %s is not agreed to', (_, sdp) => {
    expect(agree(sdp)).toBeUndefined();
  });

  test.each([
    ['a=sendonly', 'recvonly', true],
    ['a=inactive', 'inactive', true],
    ['a=recvonly', 'sendonly', false],
    ['a=sendrecv', 'sendrecv', false],
    ['c=IN IP4 0.0.0.0', 'inactive', true],
  ])('with %s is answered with %s', (line, direction, held) => {
    const sdp = offer('m=audio 4000 RTP/AVP 0', line);
    const agreed = agree(sdp)!;
    expect(isHeld(agreed)).toBe(held);
    expect(parseSdp(writeAnswer(sdp, agreed, local)).media[0]!.direction).toBe(direction);
  });

  test('has its other media refused in their places', () => {
    const sdp = offer('m=video 4002 RTP/AVP 96', 'm=audio 4000 RTP/AVP 0', 'm=audio 4004 RTP/AVP 8');
    const answer = parseSdp(writeAnswer(sdp, agree(sdp)!, local));
    expect(answer.media.map(({ kind, port, formats }) => [kind, port, formats])).toEqual([
      ['video', 0, ['96']],
      ['audio', 20_000, ['0']],
      ['audio', 0, ['8']],
    ]);
  });
});

test('the gateway’s own offer can be agreed to', () => {
  expect(agree(writeOffer(local))).toEqual({
    address: '192.0.2.1',
    port: 20_000,
    law: 'PCMU',
    payloadType: 0,
    keysPayloadType: 101,
    direction: 'sendrecv',
  });
});
