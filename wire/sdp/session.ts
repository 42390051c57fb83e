import { ProtocolError } from '../protocol-error.ts';

export type SdpDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One medium: where its sender takes RTP, and how coded. */
export interface SdpMedia {
  /** As in `m=audio`. */
  readonly kind: string;
  /** 0: refused or ended. */
  readonly port: number;
  /** As `RTP/AVP`. */
  readonly protocol: string;
  /** Payload types, or whatever the protocol has in their place, best first. */
  readonly formats: readonly string[];
  /** Of this medium, else of the session; absent when neither has one. */
  readonly address: string | undefined;
  readonly direction: SdpDirection;
  /** After `a=`, in order; without the direction. */
  readonly attributes: readonly string[];
}

/** A session description (RFC 8866), as far as telephones use it. */
export interface SdpSession {
  /** The `o=` line without the leading letter. */
  readonly origin: string;
  readonly media: readonly SdpMedia[];
}

/** How a payload type is coded, as `a=rtpmap` has it. */
export interface RtpMap {
  readonly payloadType: number;
  readonly encoding: string;
  readonly clockRate: number;
}

const MAX_BYTES = 16 * 1024;
const MAX_MEDIA = 16;
const MAX_ATTRIBUTES = 128;

/** Encodings of payload types that need no `a=rtpmap` (RFC 3551 section 6). */
const STATIC_ENCODINGS: ReadonlyMap<string, string> = new Map([
  ['0', 'PCMU/8000'],
  ['8', 'PCMA/8000'],
  ['9', 'G722/8000'],
]);

const directions: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] satisfies SdpDirection[];

/**
 * Reads a session description; lines that telephony does not need are passed over.
 *
 * @throws ProtocolError when it is none, or larger than any telephone's.
 */
export function parseSdp(text: string): SdpSession {
  if (text.length > MAX_BYTES) throw new ProtocolError(`SDP of ${text.length} characters`);
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== '');
  if (lines[0] !== 'v=0') throw new ProtocolError('SDP does not begin with v=0');
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []));
  if (starts.length > MAX_MEDIA) throw new ProtocolError(`SDP with ${starts.length} media`);
  const session = lines.slice(0, starts[0]);
  const origin = valueOf(session, 'o');
  if (origin === undefined) throw new ProtocolError('SDP without an origin');
  return {
    origin,
    media: starts.map((start, index) => parseMedia(lines.slice(start, starts[index + 1]), session)),
  };
}

/** Writes a session description whose media share `address`. */
export function writeSdp(session: SdpSession & { readonly address: string }): string {
  const lines = ['v=0', `o=${session.origin}`, 's=-', `c=IN IP4 ${session.address}`, 't=0 0'];
  for (const { kind, port, protocol, formats, direction, attributes } of session.media) {
    lines.push(`m=${kind} ${port} ${protocol} ${formats.join(' ')}`);
    if (port === 0) continue;
    for (const attribute of [...attributes, direction]) lines.push(`a=${attribute}`);
  }
  return lines.map((line) => `${line}\r\n`).join('');
}

/** How each payload type of `media` is coded, best first; those without a known coding are left out. */
export function rtpMaps(media: SdpMedia): RtpMap[] {
  return media.formats.flatMap((format) => {
    const declared = media.attributes.find((attribute) => attribute.startsWith(`rtpmap:${format} `));
    const coding = declared?.slice(`rtpmap:${format} `.length) ?? STATIC_ENCODINGS.get(format);
    const [encoding, clockRate] = coding?.trim().split('/') ?? [];
    const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : 128;
    if (encoding === undefined || payloadType > 127 || !/^\d{1,6}$/.test(clockRate ?? '')) return [];
    return [{ payloadType, encoding: encoding.toUpperCase(), clockRate: Number(clockRate) }];
  });
}

function parseMedia(lines: readonly string[], session: readonly string[]): SdpMedia {
  const [kind, portAndCount, protocol, ...formats] = lines[0]!.slice(2).trim().split(/\s+/);
  const port = Number(/^(\d{1,5})(?:\/\d+)?$/.exec(portAndCount ?? '')?.[1]);
  if (!kind || !protocol || !(port <= 65_535) || formats.length === 0)
    throw new ProtocolError('SDP with a malformed media line');
  const own = attributesOf(lines);
  const inherited = attributesOf(session);
  return {
    kind,
    port,
    protocol,
    formats: formats.slice(0, MAX_ATTRIBUTES),
    address: addressOf(lines) ?? addressOf(session),
    direction: (own.find(isDirection) ?? inherited.find(isDirection) ?? 'sendrecv') as SdpDirection,
    attributes: own.filter((attribute) => !isDirection(attribute)),
  };
}

function isDirection(attribute: string): boolean {
  return directions.includes(attribute);
}

function attributesOf(lines: readonly string[]): string[] {
  const attributes = lines.filter((line) => line.startsWith('a=')).map((line) => line.slice(2).trim());
  if (attributes.length > MAX_ATTRIBUTES) throw new ProtocolError(`SDP with ${attributes.length} attributes`);
  return attributes;
}

/** Of a `c=IN IP4 …` line; other networks are absent. */
function addressOf(lines: readonly string[]): string | undefined {
  const address = /^IN IP4 (\d{1,3}(?:\.\d{1,3}){3})(?:\/\d+)*\s*$/.exec(valueOf(lines, 'c') ?? '')?.[1];
  return address?.split('.').every((part) => Number(part) <= 255) ? address : undefined;
}

function valueOf(lines: readonly string[], letter: string): string | undefined {
  return lines.find((line) => line.startsWith(`${letter}=`))?.slice(2);
}
