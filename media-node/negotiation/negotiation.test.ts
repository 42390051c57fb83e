import { attribute, attributesNamed, parseDescription } from '@muon/wire/sdp/description.ts';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnswerOptions, answerOffer } from './answer.ts';
import { forwardedCodecs } from './codecs.ts';
import { headerExtensions } from './header-extensions.ts';
import { NegotiationError } from './negotiation-error.ts';
import { publisherOffer } from './offer.fixture.ts';
import { readAnswer, writeOffer, type OfferedMedia } from './offer.ts';
import { readTransport, type LocalTransport } from './transport.ts';

const local: LocalTransport = { ufrag: 'u', password: 'p', fingerprint: 'AA:BB', addresses: ['192.0.2.1'], port: 7001 };

describe("an answer to a publisher's offer", () => {
  const { description, published, data } = answerOffer(parseDescription(publisherOffer), local);

  test('takes each medium in its place, and the codecs that are forwarded', () => {
    expect(description.media.map(({ kind, port, formats }) => [kind, port, formats.join(' ')])).toEqual([
      ['application', 9, 'webrtc-datachannel'],
      ['audio', 9, '111 63'],
      ['video', 9, '120 121 98 99'],
    ]);
    expect(description.attributes).toContain('ice-lite');
    expect(description.attributes).toContain('group:BUNDLE 0 1 2');
    expect(description.media.map((medium) => attribute(medium, 'setup'))).toEqual(['passive', 'passive', 'passive']);
  });

  test("keeps the client's numbers and parameters", () => {
    const [, audio, video] = description.media;
    expect(attribute(audio!, 'fmtp')).toBe('111 minptime=10;useinbandfec=1;stereo=1');
    expect(attributesNamed(audio!, 'extmap')).toContain('1 urn:ietf:params:rtp-hdrext:ssrc-audio-level');
    expect(attributesNamed(video!, 'rtcp-fb')).toEqual(['120 transport-cc', '120 ccm fir', '120 nack', '120 nack pli']);
    expect(attributesNamed(audio!, 'rtpmap')).toEqual(['111 opus/48000/2', '63 red/48000/2']);
    expect(attributesNamed(audio!, 'fmtp')).toContain('63 111/111');
    expect(attribute(video!, 'simulcast')).toBe('recv q;h;f');
    expect(attributesNamed(video!, 'rid')).toEqual(['q recv', 'h recv', 'f recv']);
  });

  test('says what is published, in our own numbers', () => {
    expect(data).toMatchObject({ remotePort: 5000, remoteMaxMessageBytes: 262_144 });
    expect(published.map(({ mid, msid }) => [mid, msid.trackId])).toEqual([
      ['1', 'audio-track'],
      ['2', 'video-track'],
    ]);
    expect(published[1]).toMatchObject({
      rids: ['q', 'h', 'f'],
      codecs: [
        { payloadType: 120, rtxPayloadType: 121, nack: true, codec: { mimeType: 'video/VP8', payloadType: 96 } },
        { payloadType: 98, rtxPayloadType: 99, nack: false, codec: { mimeType: 'video/VP9', payloadType: 98 } },
      ],
    });
    expect([...published[0]!.ssrcs.keys()]).toEqual([1001]);
  });
});

describe('codecs of a publisher', () => {
  const formats = (offer: string, avoided?: AnswerOptions['avoided']) =>
    answerOffer(parseDescription(offer), local, avoided ? { avoided } : {}).description.media.map((medium) =>
      medium.formats.join(' '),
    );

  test('that others lack come last, whatever the client prefers', () => {
    expect(formats(publisherOffer, ({ mimeType }) => mimeType === 'video/VP8')).toEqual([
      'webrtc-datachannel',
      '111 63',
      '98 99 120 121',
    ]);
  });

  test('have redundancy first where the client has it first', () => {
    expect(formats(publisherOffer.replace('SAVPF 111 63', 'SAVPF 63 111'))[1]).toBe('63 111');
    expect(formats(publisherOffer.replace('63 111/111', '63 9/9'))[1]).toBe('111');
  });
});

test.each([
  ['no medium', (sdp: string) => sdp.slice(0, sdp.indexOf('m='))],
  ['no fingerprint', (sdp: string) => sdp.replaceAll(/a=fingerprint.*\r\n/g, '')],
  ['no ice-ufrag', (sdp: string) => sdp.replaceAll(/a=ice-ufrag.*\r\n/g, '')],
  ['a passive client', (sdp: string) => sdp.replaceAll('actpass', 'passive')],
])('a description with %s cannot be agreed on', (_, change) => {
  expect(() => readTransport(parseDescription(change(publisherOffer)))).toThrow(NegotiationError);
});

test('a medium of unknown codecs is refused, the others are not', () => {
  const offer = publisherOffer.replace('VP8/90000', 'XYZ/90000').replace('VP9/90000', 'ZYX/90000');
  const { description, published } = answerOffer(parseDescription(offer), local);
  expect(description.media.map(({ port }) => port)).toEqual([9, 9, 0]);
  expect(description.attributes).toContain('group:BUNDLE 0 1');
  expect(published).toHaveLength(1);
});

describe('an offer to a subscriber', () => {
  const [opus, vp8] = forwardedCodecs;
  const stream = (kind: 'audio' | 'video', ssrc: number): OfferedMedia => ({
    mid: `${kind[0]}${ssrc}`,
    kind,
    stream: {
      kind,
      msid: { streamId: 's', trackId: `t${ssrc}` },
      codec: kind === 'audio' ? opus! : vp8!,
      ssrc,
      rtxSsrc: kind === 'video' ? ssrc + 1 : undefined,
      cname: 'c',
    },
  });
  const media: OfferedMedia[] = [
    stream('audio', 10),
    { mid: 'v1', kind: 'video', stream: undefined },
    stream('video', 20),
  ];

  test('has the data channels first, then all streams; what is gone is refused', () => {
    const offer = writeOffer(media, local);
    expect(offer.media.map(({ kind, port }) => [kind, port])).toEqual([
      ['application', 9],
      ['audio', 9],
      ['video', 0],
      ['video', 9],
    ]);
    expect(offer.attributes).toContain('group:BUNDLE data a10 v20');
    expect(attributesNamed(offer.media[3]!, 'ssrc-group')).toEqual(['FID 20 21']);
    expect(attribute(offer.media[3]!, 'msid')).toBe('s t20');
    for (const [at, payloadType] of [
      [1, 111],
      [3, 96],
    ] as const) {
      expect(attributesNamed(offer.media[at]!, 'extmap')).toContain(`3 ${headerExtensions.transportSequence.uri}`);
      expect(attributesNamed(offer.media[at]!, 'rtcp-fb')).toContain(`${payloadType} transport-cc`);
    }
  });

  test('is taken as the answer says', () => {
    const feedback = [`extmap:3 ${headerExtensions.transportSequence.uri}`, 'rtcp-fb:111 transport-cc'];
    const descriptor =
      'extmap:7 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
    const answer = {
      attributes: [],
      media: [
        { kind: 'application', port: 9, protocol: '', formats: ['webrtc-datachannel'], attributes: [] },
        {
          kind: 'audio',
          port: 9,
          protocol: '',
          formats: ['111', '63'],
          attributes: ['mid:a10', 'recvonly', ...feedback],
        },
        { kind: 'video', port: 0, protocol: '', formats: ['0'], attributes: ['mid:v1'] },
        {
          kind: 'video',
          port: 9,
          protocol: '',
          formats: ['96', '97'],
          attributes: ['mid:v20', 'recvonly', descriptor],
        },
      ],
    };
    expect(readAnswer(answer, media).streams).toEqual([
      { accepted: true, rtx: false, red: true, descriptors: false, transportFeedback: true },
      { accepted: false, rtx: false, red: false, descriptors: false, transportFeedback: false },
      { accepted: true, rtx: true, red: false, descriptors: true, transportFeedback: false },
    ]);
    expect(() => readAnswer({ ...answer, media: answer.media.slice(1) }, media)).toThrow(NegotiationError);
  });
});

test('an offer with lines changed, lost and doubled is answered or refused, never more', () => {
  const lines = publisherOffer.split('\r\n');
  const change = fc.record({
    at: fc.nat(lines.length - 1),
    what: fc.constantFrom('lose', 'double', 'cut', 'garbage', 'swap'),
    text: fc.string({ maxLength: 20 }),
    other: fc.nat(lines.length - 1),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const changed = [...lines];
      for (const { at, what, text, other } of changes) {
        const line = changed[at] ?? '';
        if (what === 'lose') changed.splice(at, 1);
        else if (what === 'double') changed.splice(at, 0, line);
        else if (what === 'cut') changed[at] = line.slice(0, text.length);
        else if (what === 'garbage') changed[at] = line.slice(0, 6) + text;
        else changed[at] = changed[other] ?? '';
      }
      try {
        const offer = parseDescription(changed.join('\r\n'));
        readTransport(offer);
        answerOffer(offer, local);
      } catch (error) {
        if (!(error instanceof NegotiationError)) expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 3000 },
  );
});
