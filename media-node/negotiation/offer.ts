import type { Codec } from '@muon/contract/link.ts';
import { DEPENDENCY_DESCRIPTOR_URI } from '@muon/wire/rtp/dependency-descriptor.ts';
import type { MediaKind } from '@muon/contract/participant.ts';
import { attribute, attributesNamed, type Description, type MediaDescription } from '@muon/wire/sdp/description.ts';
import { findCodec } from './codecs.ts';
import { LOCAL_SCTP_PORT, MAX_MESSAGE_BYTES, readDataMedia, type DataMedia } from './data-media.ts';
import { headerExtensions, offeredExtensions } from './header-extensions.ts';
import { NegotiationError } from './negotiation-error.ts';
import { redAttributes } from './rtp-map.ts';
import { refusedMedia, sessionAttributes, transportAttributes, type LocalTransport } from './transport.ts';

/** The data channels come first: a medium that never goes, so that the transport has one to stay with. */
export const DATA_MID = 'data';

/** A stream that is offered to a client. */
export interface OfferedStream {
  readonly kind: MediaKind;
  readonly msid: { readonly streamId: string; readonly trackId: string };
  readonly codec: Codec;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly cname: string;
}

/** A place in our offers, in order; without a stream it is refused, and free for another. */
export interface OfferedMedia {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly stream: OfferedStream | undefined;
}

/** Offers the data channels and all streams. */
export function writeOffer(media: readonly OfferedMedia[], local: LocalTransport): Description {
  const transport = transportAttributes(local, 'actpass');
  const alive = media.filter(({ stream }) => stream !== undefined);
  return {
    attributes: sessionAttributes([DATA_MID, ...alive.map(({ mid }) => mid)], true),
    media: [dataMedia(transport), ...media.map((medium) => offeredMedia(medium, transport))],
  };
}

function dataMedia(transport: readonly string[]): MediaDescription {
  return {
    kind: 'application',
    port: 9,
    protocol: 'UDP/DTLS/SCTP',
    formats: ['webrtc-datachannel'],
    attributes: [
      `mid:${DATA_MID}`,
      ...transport,
      `sctp-port:${LOCAL_SCTP_PORT}`,
      `max-message-size:${MAX_MESSAGE_BYTES}`,
    ],
  };
}

function offeredMedia({ mid, kind, stream }: OfferedMedia, transport: readonly string[]): MediaDescription {
  const place = { kind, port: 9, protocol: 'UDP/TLS/RTP/SAVPF', formats: ['0'], attributes: [] };
  if (!stream) return refusedMedia(place, mid);
  const { payloadType } = stream.codec;
  const { rtxPayloadType: rtx, redPayloadType: red } = findCodec(stream.codec) ?? {};
  return {
    ...place,
    formats: [payloadType, red, rtx].filter((format) => format !== undefined).map(String),
    attributes: [
      `mid:${mid}`,
      ...transport,
      'sendonly',
      `msid:${stream.msid.streamId} ${stream.msid.trackId}`,
      'rtcp-mux',
      'rtcp-rsize',
      ...codecAttributes(stream.codec, rtx),
      ...(red === undefined ? [] : redAttributes(red, payloadType, stream.codec)),
      ...offeredExtensions(kind).map((value) => `extmap:${value}`),
      ...ssrcAttributes(stream),
    ],
  };
}

function codecAttributes(codec: Codec, rtx: number | undefined): string[] {
  const { mimeType, clockRate, channels, payloadType, parameters } = codec;
  const lines = [`rtpmap:${payloadType} ${mimeType.split('/')[1]}/${clockRate}${channels ? `/${channels}` : ''}`];
  if (parameters !== undefined) lines.push(`fmtp:${payloadType} ${parameters}`);
  const feedback = findCodec(codec)?.feedback ?? [];
  lines.push(...feedback.map((name) => `rtcp-fb:${payloadType} ${name}`));
  if (rtx !== undefined) lines.push(`rtpmap:${rtx} rtx/${clockRate}`, `fmtp:${rtx} apt=${payloadType}`);
  return lines;
}

/** The SSRC of a stream, and that of its retransmissions. */
export function ssrcAttributes({
  ssrc,
  rtxSsrc,
  cname,
  msid,
}: Pick<OfferedStream, 'ssrc' | 'rtxSsrc' | 'cname' | 'msid'>): string[] {
  const source = (id: number): string[] => [
    `ssrc:${id} cname:${cname}`,
    `ssrc:${id} msid:${msid.streamId} ${msid.trackId}`,
  ];
  if (rtxSsrc === undefined) return source(ssrc);
  return [`ssrc-group:FID ${ssrc} ${rtxSsrc}`, ...source(ssrc), ...source(rtxSsrc)];
}

/** How a client took what it was offered. */
export interface AcceptedMedia {
  readonly data: DataMedia | undefined;
  /** For each place of the offer. */
  readonly streams: readonly AcceptedStream[];
}

export interface AcceptedStream {
  /** Whether the client takes the stream, … */
  readonly accepted: boolean;
  /** … and its retransmissions, … */
  readonly rtx: boolean;
  /** … and reads its dependency descriptors, … */
  readonly descriptors: boolean;
  /** … and its packets with redundancy, … */
  readonly red: boolean;
  /** … and tells of all packets by their transport-wide numbers. */
  readonly transportFeedback: boolean;
}

const REFUSED: AcceptedStream = {
  accepted: false,
  rtx: false,
  descriptors: false,
  red: false,
  transportFeedback: false,
};

/** @throws NegotiationError when it does not answer an offer of these media. */
export function readAnswer(answer: Description, media: readonly OfferedMedia[]): AcceptedMedia {
  if (answer.media.length !== media.length + 1) throw new NegotiationError('the answer has another number of media');
  const [data, ...streams] = answer.media;
  return {
    data: data!.port === 0 ? undefined : readDataMedia(data!),
    streams: streams.map((answered, index) => readStream(answered, media[index]!)),
  };
}

function readStream(answered: MediaDescription, { mid, stream }: OfferedMedia): AcceptedStream {
  const answeredMid = attribute(answered, 'mid');
  if (answered.port === 0 || !stream) return REFUSED;
  if (answeredMid !== mid) throw new NegotiationError(`the answer has mid ${answeredMid} where ${mid} was offered`);
  const receives = !answered.attributes.includes('inactive') && !answered.attributes.includes('sendonly');
  const { rtxPayloadType: rtx, redPayloadType: red } = findCodec(stream.codec) ?? {};
  const extension = headerExtensions.transportSequence.uri;
  return {
    transportFeedback:
      attributesNamed(answered, 'extmap').some((value) => value.split(' ')[1] === extension) &&
      attributesNamed(answered, 'rtcp-fb').some((value) => value.endsWith(' transport-cc')),
    accepted: receives && answered.formats.includes(String(stream.codec.payloadType)),
    rtx: rtx !== undefined && answered.formats.includes(String(rtx)),
    red: red !== undefined && answered.formats.includes(String(red)),
    descriptors: attributesNamed(answered, 'extmap').some((value) => value.endsWith(` ${DEPENDENCY_DESCRIPTOR_URI}`)),
  };
}
