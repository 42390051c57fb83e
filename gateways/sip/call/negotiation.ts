import {
  parseSdp,
  rtpMaps,
  writeSdp,
  type SdpDirection,
  type SdpMedia,
  type SdpSession,
} from '@muon/wire/sdp/session.ts';
import type { G711Law } from './g711.ts';
import { FRAME_MS } from './frame.ts';

/** What a phone and the gateway agreed on. */
export interface PhoneAudio {
  /** Where the phone takes RTP, as it believes. */
  readonly address: string;
  readonly port: number;
  readonly law: G711Law;
  readonly payloadType: number;
  /** Payload type of the keys; absent when the phone sends none. */
  readonly keysPayloadType: number | undefined;
  /** As the phone sees it. */
  readonly direction: SdpDirection;
}

/** The gateway's own side of a description. */
export interface LocalAudio {
  readonly address: string;
  readonly port: number;
  /** Of the session; the same in all descriptions of a call. */
  readonly sessionId: number;
  /** One more in each description of a call (RFC 3264 section 8). */
  readonly version: number;
}

/** Payload types that the gateway offers where it is asked to. */
const OFFERED: Readonly<Record<G711Law, number>> = { PCMU: 0, PCMA: 8 };
const OFFERED_KEYS = 101;

const PLAIN_RTP: ReadonlySet<string> = new Set(['RTP/AVP', 'RTP/AVPF']);

const reversed: Readonly<Record<SdpDirection, SdpDirection>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** What can be agreed on with a phone that sent `sdp`; absent when nothing can, or when it is no SDP. */
export function agree(sdp: string): PhoneAudio | undefined {
  const media = readMedia(sdp);
  return media?.map(toPhoneAudio).find((audio) => audio !== undefined);
}

/** Answers an offer that {@link agree} agreed to; every other medium in it is refused (RFC 3264 section 6). */
export function writeAnswer(offer: string, agreed: PhoneAudio, local: LocalAudio): string {
  const offered = parseSdp(offer).media;
  const chosen = offered.findIndex((medium) => toPhoneAudio(medium) !== undefined);
  return writeSdp({
    ...sessionOf(local),
    media: offered.map((medium, index) =>
      index === chosen ? toAnswer(medium, agreed, local) : { ...medium, port: 0 },
    ),
  });
}

/** Offers all that the gateway can; for a phone that leaves the first word to it. */
export function writeOffer(local: LocalAudio): string {
  const laws = Object.entries(OFFERED);
  return writeSdp({
    ...sessionOf(local),
    media: [
      {
        kind: 'audio',
        port: local.port,
        protocol: 'RTP/AVP',
        formats: [...laws.map(([, payloadType]) => `${payloadType}`), `${OFFERED_KEYS}`],
        address: undefined,
        direction: 'sendrecv',
        attributes: [
          ...laws.map(([law, payloadType]) => `rtpmap:${payloadType} ${law}/8000`),
          ...keysAttributes(OFFERED_KEYS),
          `ptime:${FRAME_MS}`,
        ],
      },
    ],
  });
}

/** Whether the phone wants neither to hear nor to be heard for now. */
export function isHeld({ direction }: PhoneAudio): boolean {
  return direction === 'sendonly' || direction === 'inactive';
}

function readMedia(sdp: string): readonly SdpMedia[] | undefined {
  try {
    return parseSdp(sdp).media;
  } catch {
    return undefined;
  }
}

function toPhoneAudio(medium: SdpMedia): PhoneAudio | undefined {
  if (medium.kind !== 'audio' || medium.port === 0 || !medium.address || !PLAIN_RTP.has(medium.protocol)) {
    return undefined;
  }
  const maps = rtpMaps(medium).filter(({ clockRate }) => clockRate === 8000);
  const voice = maps.find(({ encoding }) => encoding in OFFERED);
  if (!voice) return undefined;
  return {
    address: medium.address,
    port: medium.port,
    law: voice.encoding as G711Law,
    payloadType: voice.payloadType,
    keysPayloadType: maps.find(({ encoding }) => encoding === 'TELEPHONE-EVENT')?.payloadType,
    // Telephones of the last century hold a call by an address of zeros (RFC 3264 section 8.4).
    direction: medium.address === '0.0.0.0' ? 'inactive' : medium.direction,
  };
}

function toAnswer(medium: SdpMedia, agreed: PhoneAudio, { port }: LocalAudio): SdpMedia {
  const keys = agreed.keysPayloadType;
  return {
    ...medium,
    port,
    formats: [`${agreed.payloadType}`, ...(keys === undefined ? [] : [`${keys}`])],
    direction: reversed[agreed.direction],
    attributes: [
      `rtpmap:${agreed.payloadType} ${agreed.law}/8000`,
      ...(keys === undefined ? [] : keysAttributes(keys)),
      `ptime:${FRAME_MS}`,
    ],
  };
}

function keysAttributes(payloadType: number): string[] {
  return [`rtpmap:${payloadType} telephone-event/8000`, `fmtp:${payloadType} 0-15`];
}

function sessionOf({ address, sessionId, version }: LocalAudio): Pick<SdpSession, 'origin'> & { address: string } {
  return { origin: `- ${sessionId} ${version} IN IP4 ${address}`, address };
}
