import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind } from '@muon/contract/participant.ts';
import { attribute, attributesNamed, type Description, type MediaDescription } from '@muon/wire/sdp/description.ts';
import { readDataMedia, type DataMedia } from './data-media.ts';
import { findCodec, type ForwardedCodec } from './codecs.ts';
import { findExtension, headerExtensions, type HeaderExtension } from './header-extensions.ts';
import { NegotiationError } from './negotiation-error.ts';
import { ssrcAttributes, type AcceptedStream, type OfferedStream } from './offer.ts';
import { formatParameters, parseRtpMap, redAttributes, type RtpMap } from './rtp-map.ts';
import {
  MIXED_EXTENSIONS,
  refusedMedia,
  sessionAttributes,
  transportAttributes,
  type LocalTransport,
} from './transport.ts';

/** More media than any client publishes. */
const MAX_MEDIA = 64;

const MAX_RIDS = 8;

/** A codec that a client publishes with. */
export interface NegotiatedCodec {
  /** In the client's packets. */
  readonly payloadType: number;
  /** In the client's retransmissions. */
  readonly rtxPayloadType: number | undefined;
  /** In the client's packets with redundancy. */
  readonly redPayloadType: number | undefined;
  /** As it is forwarded: payload type of ours, parameters of the client's. */
  readonly codec: Codec;
  readonly nack: boolean;
}

/** A medium that a client publishes. */
export interface PublishedMedia {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly msid: { readonly streamId: string; readonly trackId: string };
  readonly codecs: readonly NegotiatedCodec[];
  /** The client's numbering. */
  readonly extensions: ReadonlyMap<number, HeaderExtension>;
  /** Simulcast layers, in the client's order; none without simulcast. */
  readonly rids: readonly string[];
  /** SSRCs where the client tells them, each with that of its retransmissions. */
  readonly ssrcs: ReadonlyMap<number, number | undefined>;
}

/** What a client is sent in a medium of its own offer: an SSRC, of whatever source. */
export type AnsweredStream = Omit<OfferedStream, 'kind' | 'codec'>;

/** Gives the stream for a medium that the client wants to receive; undefined when there is none. */
export type Play = (medium: PublishedMedia) => AnsweredStream | undefined;

export interface AnswerOptions {
  /** Codecs that come last, since clients send with the first. */
  readonly avoided?: (codec: ForwardedCodec) => boolean;
  readonly play?: Play;
}

export interface Answer {
  readonly description: Description;
  readonly published: readonly PublishedMedia[];
  readonly data: DataMedia | undefined;
}

/**
 * Answers an offer, in BUNDLE over one transport: takes all media that can be forwarded, and sends what `play` gives.
 *
 * @throws NegotiationError when nothing can be agreed on.
 */
export function answerOffer(
  offer: Description,
  local: LocalTransport,
  { avoided = () => false, play }: AnswerOptions = {},
): Answer {
  if (offer.media.length > MAX_MEDIA) throw new NegotiationError(`more than ${MAX_MEDIA} media`);
  const bundled = new Set((attributesNamed(offer, 'group').find(isBundle) ?? '').split(' ').slice(1));
  const published: PublishedMedia[] = [];
  const mids: string[] = [];
  let data: DataMedia | undefined;
  const media = offer.media.map((offered) => {
    const mid = attribute(offered, 'mid');
    const alive = offered.port !== 0 || offered.attributes.includes('bundle-only');
    if (mid === undefined || !alive || !(bundled.has(mid) || offer.media.length === 1))
      return refusedMedia(offered, mid);
    if (offered.kind === 'application' && !data) {
      data = readDataMedia(offered);
      mids.push(mid);
      return acceptedMedia(offered, mid, local, [
        `sctp-port:${data.localPort}`,
        `max-message-size:${data.maxMessageBytes}`,
      ]);
    }
    const medium = readPublished(offered, mid, avoided);
    if (!medium) return refusedMedia(offered, mid);
    mids.push(mid);
    const played = isReceiving(offered) ? play?.(medium) : undefined;
    if (played) {
      const own = { ...medium, codecs: medium.codecs.map((codec) => ({ ...codec, redPayloadType: undefined })) };
      const accepted = { ...offered, formats: formatsOf(offered, own) };
      return acceptedMedia(accepted, mid, local, playedAttributes(offered, own, played));
    }
    const accepted = { ...offered, formats: formatsOf(offered, medium) };
    const sends = isSending(offered);
    if (sends) published.push(medium);
    return acceptedMedia(accepted, mid, local, mediaAttributes(offered, medium, sends));
  });
  if (mids.length === 0) throw new NegotiationError('no medium of the offer can be taken');
  const attributes = sessionAttributes(mids, offer.attributes.includes(MIXED_EXTENSIONS));
  return { description: { attributes, media }, published, data };
}

function isBundle(group: string): boolean {
  return group.startsWith('BUNDLE ');
}

function isReceiving({ attributes }: MediaDescription): boolean {
  return attributes.includes('recvonly');
}

function isSending({ attributes }: MediaDescription): boolean {
  return !attributes.includes('recvonly') && !attributes.includes('inactive');
}

function acceptedMedia(
  { kind, protocol, formats }: MediaDescription,
  mid: string,
  local: LocalTransport,
  attributes: readonly string[],
): MediaDescription {
  return {
    kind,
    port: 9,
    protocol,
    formats,
    attributes: [`mid:${mid}`, ...transportAttributes(local, 'passive'), ...attributes],
  };
}

/** Undefined when none of its codecs is forwarded. */
function readPublished(
  offered: MediaDescription,
  mid: string,
  avoided: (codec: ForwardedCodec) => boolean,
): PublishedMedia | undefined {
  const { kind } = offered;
  if (kind !== 'audio' && kind !== 'video') return undefined;
  const all = readCodecs(offered, kind).map((codec) => ({ codec, last: avoided(findCodec(codec.codec)!) }));
  const codecs = [...all.filter(({ last }) => !last), ...all.filter(({ last }) => last)].map(({ codec }) => codec);
  if (codecs.length === 0) return undefined;
  return {
    mid,
    kind,
    msid: readMsid(offered, mid),
    codecs,
    extensions: readExtensions(offered),
    rids: readRids(offered),
    ssrcs: readSsrcs(offered),
  };
}

function readCodecs(offered: MediaDescription, kind: MediaKind): NegotiatedCodec[] {
  const maps = attributesNamed(offered, 'rtpmap').map(parseRtpMap);
  return offered.formats.flatMap((format) => {
    const map = maps.find(({ payloadType }) => payloadType === format);
    const parameters = formatParameters(offered, format);
    const known = map && findCodec({ ...map, mimeType: `${kind}/${map.encoding}`, parameters: parameters ?? '' });
    const payloadType = Number(format);
    if (!known || !(payloadType <= 127)) return [];
    const { mimeType, clockRate, channels } = known;
    const agreed = parameters ?? known.parameters;
    const codec: Codec = {
      mimeType,
      clockRate,
      payloadType: known.payloadType,
      ...(channels === undefined ? {} : { channels }),
      ...(agreed === undefined ? {} : { parameters: agreed.slice(0, 1024) }),
    };
    const nack = known.feedback.includes('nack') && feedbackOf(offered, format).includes('nack');
    const rtx = known.rtxPayloadType === undefined ? undefined : findRtx(offered, maps, format);
    const red = known.redPayloadType === undefined ? undefined : findRed(offered, maps, format);
    return [{ payloadType, rtxPayloadType: rtx, redPayloadType: red, codec, nack }];
  });
}

/** The client's RED of a codec: all its blocks are of that one. */
function findRed(offered: MediaDescription, maps: readonly RtpMap[], format: string): number | undefined {
  const red = maps.find(
    ({ payloadType, encoding }) =>
      encoding.toLowerCase() === 'red' &&
      offered.formats.includes(payloadType) &&
      formatParameters(offered, payloadType)
        ?.split('/')
        .every((block) => block.trim() === format),
  );
  return red && Number(red.payloadType) <= 127 ? Number(red.payloadType) : undefined;
}

function feedbackOf(offered: MediaDescription, format: string): string[] {
  return attributesNamed(offered, 'rtcp-fb').flatMap((value) => {
    const [payloadType, ...feedback] = value.split(' ');
    return payloadType === format || payloadType === '*' ? [feedback.join(' ')] : [];
  });
}

function findRtx(offered: MediaDescription, maps: readonly RtpMap[], format: string): number | undefined {
  const rtx = maps.find(
    ({ payloadType, encoding }) =>
      encoding.toLowerCase() === 'rtx' &&
      formatParameters(offered, payloadType)?.split(';')[0]?.trim() === `apt=${format}`,
  );
  return rtx && Number(rtx.payloadType) <= 127 ? Number(rtx.payloadType) : undefined;
}

function readMsid(offered: MediaDescription, mid: string): PublishedMedia['msid'] {
  const inSsrc = attributesNamed(offered, 'ssrc')
    .find((value) => value.includes(' msid:'))
    ?.split(' msid:')[1];
  const [streamId, trackId] = (attribute(offered, 'msid') ?? inSsrc ?? '').split(' ');
  return { streamId: streamId || '-', trackId: trackId || mid };
}

function readExtensions(offered: MediaDescription): Map<number, HeaderExtension> {
  const extensions = new Map<number, HeaderExtension>();
  for (const value of attributesNamed(offered, 'extmap')) {
    const match = /^(\d{1,3})(?:\/\w+)? (\S+)/.exec(value);
    const name = match && findExtension(match[2]!);
    if (name) extensions.set(Number(match[1]), name);
  }
  return extensions;
}

function readRids(offered: MediaDescription): string[] {
  if (attribute(offered, 'simulcast') === undefined) return [];
  const rids = attributesNamed(offered, 'rid').flatMap((value) => /^([\w-]{1,16}) send\b/.exec(value)?.[1] ?? []);
  return rids.slice(0, MAX_RIDS);
}

function readSsrcs(offered: MediaDescription): Map<number, number | undefined> {
  const groups = attributesNamed(offered, 'ssrc-group')
    .filter((value) => value.startsWith('FID '))
    .map((value) => value.split(' ').slice(1).map(Number));
  const repairs = new Set(groups.map(([, repair]) => repair));
  const ssrcs = new Map<number, number | undefined>();
  for (const value of attributesNamed(offered, 'ssrc')) {
    const ssrc = Number(value.split(' ')[0]);
    if (ssrc > 0 && ssrc <= 0xffff_ffff && !repairs.has(ssrc) && ssrcs.size < MAX_RIDS) {
      ssrcs.set(ssrc, groups.find(([original]) => original === ssrc)?.[1]);
    }
  }
  return ssrcs;
}

/** RED comes where the client had it: before its codec when it is to be sent. */
function formatsOf(offered: MediaDescription, { codecs }: PublishedMedia): string[] {
  return codecs.flatMap(({ payloadType, rtxPayloadType, redPayloadType }) => {
    const own = [String(payloadType)];
    if (redPayloadType !== undefined) {
      const first = offered.formats.indexOf(String(redPayloadType)) < offered.formats.indexOf(String(payloadType));
      own.splice(first ? 0 : 1, 0, String(redPayloadType));
    }
    return rtxPayloadType === undefined ? own : [...own, String(rtxPayloadType)];
  });
}

function mediaAttributes(offered: MediaDescription, medium: PublishedMedia, sends: boolean): string[] {
  const lines = [sends ? 'recvonly' : 'inactive', 'rtcp-mux', 'rtcp-rsize'];
  for (const { payloadType, rtxPayloadType, redPayloadType, codec } of medium.codecs) {
    lines.push(...codecAttributes(offered, payloadType, codec));
    if (redPayloadType !== undefined) lines.push(...redAttributes(redPayloadType, payloadType, codec));
    if (rtxPayloadType === undefined) continue;
    lines.push(`rtpmap:${rtxPayloadType} rtx/${codec.clockRate}`, `fmtp:${rtxPayloadType} apt=${payloadType}`);
  }
  for (const value of attributesNamed(offered, 'extmap')) {
    const uri = value.split(' ')[1];
    if (uri && findExtension(uri)) lines.push(`extmap:${value.split(' ')[0]!.split('/')[0]} ${uri}`);
  }
  if (sends && medium.rids.length > 0) {
    lines.push(...medium.rids.map((rid) => `rid:${rid} recv`), `simulcast:recv ${medium.rids.join(';')}`);
  }
  return lines;
}

/** What the client is sent, by its own numbers. */
function playedAttributes(offered: MediaDescription, medium: PublishedMedia, stream: AnsweredStream): string[] {
  const feedback = hasTransportFeedback(medium);
  const lines = ['sendonly', `msid:${stream.msid.streamId} ${stream.msid.trackId}`, 'rtcp-mux', 'rtcp-rsize'];
  for (const { payloadType, rtxPayloadType, codec } of medium.codecs) {
    const all = codecAttributes(offered, payloadType, codec);
    lines.push(...all.filter((line) => feedback || !line.endsWith(' transport-cc')));
    if (rtxPayloadType === undefined) continue;
    lines.push(`rtpmap:${rtxPayloadType} rtx/${codec.clockRate}`, `fmtp:${rtxPayloadType} apt=${payloadType}`);
  }
  for (const [id, name] of medium.extensions)
    if (isPlayed(id, name)) lines.push(`extmap:${id} ${headerExtensions[name].uri}`);
  return [...lines, ...ssrcAttributes(stream)];
}

/** Forwarded packets are the same for all, so that an extension can be told of only when the client numbers it as we do. */
function isPlayed(id: number, name: HeaderExtension): boolean {
  const { id: own, forwarded, made } = headerExtensions[name];
  return id === own && (forwarded || made === true);
}

/** How a client takes a stream in a medium of its own offer. */
export function readPlayed(medium: PublishedMedia): Omit<AcceptedStream, 'accepted'> {
  return {
    rtx: medium.codecs.some(({ rtxPayloadType }) => rtxPayloadType !== undefined),
    descriptors: medium.extensions.get(headerExtensions.dependencyDescriptor.id) === 'dependencyDescriptor',
    transportFeedback: hasTransportFeedback(medium),
    red: false,
  };
}

function hasTransportFeedback({ extensions }: PublishedMedia): boolean {
  return extensions.get(headerExtensions.transportSequence.id) === 'transportSequence';
}

function codecAttributes(offered: MediaDescription, payloadType: number, codec: Codec): string[] {
  const channels = codec.channels === undefined ? '' : `/${codec.channels}`;
  const ours = findCodec(codec)?.feedback ?? [];
  return [
    `rtpmap:${payloadType} ${codec.mimeType.split('/')[1]}/${codec.clockRate}${channels}`,
    ...(codec.parameters === undefined ? [] : [`fmtp:${payloadType} ${codec.parameters}`]),
    ...feedbackOf(offered, String(payloadType))
      .filter((feedback) => ours.includes(feedback))
      .map((feedback) => `rtcp-fb:${payloadType} ${feedback}`),
  ];
}
