import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind } from '@muon/contract/participant.ts';

/** A codec that nodes forward, as all clients and links of a node see it. */
export interface ForwardedCodec extends Codec {
  readonly kind: MediaKind;
  /** Payload type of its retransmissions (RFC 4588); absent for what is not worth repeating. */
  readonly rtxPayloadType?: number;
  /** What is told of it by RTCP, as after `a=rtcp-fb:`. */
  readonly feedback: readonly string[];
}

/** Best first. A further codec is a further entry, and a detector in forward/keyframe.ts. */
export const forwardedCodecs: readonly ForwardedCodec[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    payloadType: 111,
    parameters: 'minptime=10;useinbandfec=1',
    // Chromium's decoder waits for repeated packets where it can; in-band FEC repairs speech alone.
    feedback: ['transport-cc', 'nack'],
  },
  {
    kind: 'video',
    mimeType: 'video/VP8',
    clockRate: 90_000,
    payloadType: 96,
    rtxPayloadType: 97,
    feedback: ['transport-cc', 'ccm fir', 'nack', 'nack pli'],
  },
];

/** The entry for a codec of this name and clock; undefined when nodes do not forward it. */
export function findCodec(codec: Pick<Codec, 'mimeType' | 'clockRate' | 'channels'>): ForwardedCodec | undefined {
  return forwardedCodecs.find(
    ({ mimeType, clockRate, channels }) =>
      mimeType.toLowerCase() === codec.mimeType.toLowerCase() &&
      clockRate === codec.clockRate &&
      (channels ?? 1) === (codec.channels ?? 1),
  );
}
