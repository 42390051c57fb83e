import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind } from '@muon/contract/participant.ts';
import { profileOf } from './codec-profile.ts';

/** A codec that nodes forward, as all clients and links of a node see it. */
export interface ForwardedCodec extends Codec {
  readonly kind: MediaKind;
  /** Payload type of its retransmissions (RFC 4588); absent for what is not worth repeating. */
  readonly rtxPayloadType?: number;
  /** Payload type of its packets with redundancy; absent where there are none. */
  readonly redPayloadType?: number;
  /** What is told of it by RTCP, as after `a=rtcp-fb:`. */
  readonly feedback: readonly string[];
}

/** Payload type of audio with redundant copies of earlier packets (RFC 2198). */
export const RED_PAYLOAD_TYPE = 63;

const audio = { kind: 'audio', clockRate: 48_000 } as const;

const video = {
  kind: 'video',
  clockRate: 90_000,
  feedback: ['transport-cc', 'ccm fir', 'nack', 'nack pli'],
} as const;

const H264 = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=';

/**
 * Best first, with the payload types of ion-sfu where it has them. Whoever takes no parameters gets the first entry of
 * the name. A further codec is a further entry, and a reader of its layers in forward/layer-reader.ts.
 */
export const forwardedCodecs: readonly ForwardedCodec[] = [
  {
    ...audio,
    mimeType: 'audio/opus',
    channels: 2,
    payloadType: 111,
    redPayloadType: RED_PAYLOAD_TYPE,
    parameters: 'minptime=10;useinbandfec=1',
    // Chromium's decoder waits for repeated packets where it can; in-band FEC repairs speech alone.
    feedback: ['transport-cc', 'nack'],
  },
  { ...video, mimeType: 'video/VP8', payloadType: 96, rtxPayloadType: 97 },
  { ...video, mimeType: 'video/VP9', payloadType: 98, rtxPayloadType: 99, parameters: 'profile-id=0' },
  { ...video, mimeType: 'video/VP9', payloadType: 100, rtxPayloadType: 101, parameters: 'profile-id=2' },
  // Constrained baseline, which everybody has, before baseline, main, constrained high and high.
  { ...video, mimeType: 'video/H264', payloadType: 125, rtxPayloadType: 107, parameters: `${H264}42e01f` },
  { ...video, mimeType: 'video/H264', payloadType: 102, rtxPayloadType: 121, parameters: `${H264}42001f` },
  { ...video, mimeType: 'video/H264', payloadType: 127, rtxPayloadType: 120, parameters: `${H264}4d001f` },
  { ...video, mimeType: 'video/H264', payloadType: 108, rtxPayloadType: 109, parameters: `${H264}640c1f` },
  { ...video, mimeType: 'video/H264', payloadType: 123, rtxPayloadType: 118, parameters: `${H264}64001f` },
  { ...video, mimeType: 'video/AV1', payloadType: 45, rtxPayloadType: 46 },
];

/** The entry for a codec of this name, clock and profile; undefined when nodes do not forward it. */
export function findCodec(
  codec: Pick<Codec, 'mimeType' | 'clockRate' | 'channels' | 'parameters'>,
): ForwardedCodec | undefined {
  const name = codec.mimeType.toLowerCase();
  const { parameters: wanted } = codec;
  const profile = wanted === undefined ? '*' : profileOf(name, wanted);
  if (profile === undefined) return undefined;
  return forwardedCodecs.find(
    ({ mimeType, clockRate, channels, parameters = '' }) =>
      mimeType.toLowerCase() === name &&
      clockRate === codec.clockRate &&
      (channels ?? 1) === (codec.channels ?? 1) &&
      (profile === '*' || profile === profileOf(name, parameters)),
  );
}
