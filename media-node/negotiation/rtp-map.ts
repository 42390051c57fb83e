import type { Codec } from '@muon/contract/link.ts';
import { attributesNamed, type MediaDescription } from '@muon/wire/sdp/description.ts';

/** How a payload type is coded: the value of an `a=rtpmap`. */
export interface RtpMap {
  readonly payloadType: string;
  readonly encoding: string;
  readonly clockRate: number;
  readonly channels?: number;
}

export function parseRtpMap(value: string): RtpMap {
  const [payloadType = '', coding = ''] = value.split(' ');
  const [encoding = '', clockRate, channels] = coding.split('/');
  return {
    payloadType,
    encoding,
    clockRate: Number(clockRate),
    ...(channels === undefined ? {} : { channels: Number(channels) }),
  };
}

/** The lines of a RED whose blocks are all of one codec: the packet itself, and the one before (RFC 2198 section 5). */
export function redAttributes(
  redPayloadType: number,
  payloadType: number,
  { clockRate, channels }: Pick<Codec, 'clockRate' | 'channels'>,
): string[] {
  const coding = `red/${clockRate}${channels === undefined ? '' : `/${channels}`}`;
  return [`rtpmap:${redPayloadType} ${coding}`, `fmtp:${redPayloadType} ${payloadType}/${payloadType}`];
}

/** What the `a=fmtp` of a format says. */
export function formatParameters(medium: MediaDescription, format: string): string | undefined {
  return attributesNamed(medium, 'fmtp')
    .find((value) => value.startsWith(`${format} `))
    ?.slice(format.length + 1);
}
