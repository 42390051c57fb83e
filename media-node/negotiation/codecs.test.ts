import { parseDescription } from '@muon/wire/sdp/description.ts';
import { describe, expect, test } from 'vitest';
import { findCodec, forwardedCodecs } from './codecs.ts';
import { DecodableCodecs } from './decodable-codecs.ts';
import { publisherOffer } from './offer.fixture.ts';

function payloadType(mimeType: string, parameters?: string): number | undefined {
  const audio = mimeType.startsWith('audio/') ? { clockRate: 48_000, channels: 2 } : { clockRate: 90_000 };
  return findCodec({ mimeType, ...audio, ...(parameters === undefined ? {} : { parameters }) })?.payloadType;
}

test('all payload types are different, since a BUNDLE shares them', () => {
  const all = forwardedCodecs.flatMap(({ payloadType: own, rtxPayloadType, redPayloadType }) =>
    [own, rtxPayloadType, redPayloadType].filter((one) => one !== undefined),
  );
  expect(new Set(all).size).toBe(all.length);
  for (const one of all) expect(one < 64 || one > 95).toBe(true);
});

test.each([
  ['audio/opus', 'minptime=10;useinbandfec=1;stereo=1;usedtx=1', 111],
  ['audio/OPUS', undefined, 111],
  ['video/VP8', '', 96],
  ['video/VP9', '', 98],
  ['video/VP9', 'profile-id=0', 98],
  ['video/VP9', 'profile-id=2', 100],
  ['video/VP9', 'profile-id=1', undefined],
  ['video/H264', undefined, 125],
  ['video/H264', 'packetization-mode=1;profile-level-id=42E034', 125],
  ['video/H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f', 102],
  ['video/H264', 'packetization-mode=1; profile-level-id=4d0015', 127],
  ['video/H264', 'packetization-mode=1;profile-level-id=640c1f', 108],
  ['video/H264', 'packetization-mode=1;profile-level-id=640032', 123],
  ['video/H264', 'packetization-mode=0;profile-level-id=42e01f', undefined],
  ['video/H264', 'packetization-mode=1;profile-level-id=f4001f', undefined],
  ['video/H264', 'packetization-mode=1;profile-level-id=zz', undefined],
  ['video/AV1', 'level-idx=5;profile=0;tier=0', 45],
  ['video/AV1', 'profile=1', undefined],
  ['video/H265', '', undefined],
])('%s with %s is forwarded as %s', (mimeType, parameters, expected) => {
  expect(payloadType(mimeType, parameters)).toBe(expected);
});

describe('what a client decodes', () => {
  const [opus, vp8, vp9] = forwardedCodecs;
  const av1 = forwardedCodecs.at(-1)!;

  test('is not known before it says so', () => {
    const codecs = new DecodableCodecs();
    for (const codec of forwardedCodecs) expect([codecs.decodes(codec), codecs.lacks(codec)]).toEqual([false, false]);
  });

  test('is what it names', () => {
    const codecs = new DecodableCodecs();
    codecs.learn(parseDescription(publisherOffer));
    expect([opus!, vp8!, vp9!, av1].map((codec) => codecs.decodes(codec))).toEqual([true, true, true, false]);
    expect([opus!, vp8!, vp9!, av1].map((codec) => codecs.lacks(codec))).toEqual([false, false, false, true]);
  });

  test('is not what it refused, until it names it', () => {
    const codecs = new DecodableCodecs();
    codecs.learn(parseDescription(publisherOffer.slice(0, publisherOffer.indexOf('m=video'))));
    codecs.refused(av1);
    expect([codecs.lacks(vp8!), codecs.lacks(av1)]).toEqual([false, true]);
    codecs.learn(parseDescription(publisherOffer.replace('VP9/90000', 'AV1/90000')));
    expect([codecs.lacks(vp9!), codecs.lacks(av1)]).toEqual([true, false]);
    codecs.refused(av1);
    expect(codecs.lacks(av1)).toBe(false);
  });

  test('is nothing that stands in a medium that it refused', () => {
    const codecs = new DecodableCodecs();
    codecs.learn(parseDescription(publisherOffer.replace('m=video 9', 'm=video 0')));
    expect(codecs.decodes(vp8!)).toBe(false);
  });
});
