import { ProtocolError } from '../protocol-error.ts';

/** One medium of a {@link Description}. */
export interface MediaDescription {
  /** As in `m=audio`. */
  readonly kind: string;
  /** 0: refused. */
  readonly port: number;
  /** As `UDP/TLS/RTP/SAVPF`. */
  readonly protocol: string;
  /** Payload types, or whatever the protocol has in their place, best first. */
  readonly formats: readonly string[];
  /** After `a=`, in order. */
  readonly attributes: readonly string[];
}

/** A session description (RFC 8866), as far as WebRTC uses it (RFC 8829). */
export interface Description {
  /** After `a=`, of the session. */
  readonly attributes: readonly string[];
  readonly media: readonly MediaDescription[];
}

const MAX_BYTES = 256 * 1024;
const MAX_MEDIA = 512;

/** @throws ProtocolError when it is no session description, or a huge one. */
export function parseDescription(text: string): Description {
  if (text.length > MAX_BYTES) throw new ProtocolError(`SDP of ${text.length} characters`);
  const lines = text.split(/\r?\n/);
  if (lines[0] !== 'v=0') throw new ProtocolError('SDP does not begin with v=0');
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []));
  if (starts.length > MAX_MEDIA) throw new ProtocolError(`SDP with ${starts.length} media`);
  return {
    attributes: attributesOf(lines.slice(0, starts[0])),
    media: starts.map((start, index) => parseMedia(lines.slice(start, starts[index + 1]))),
  };
}

function parseMedia(lines: readonly string[]): MediaDescription {
  const match = /^m=(\w+) (\d{1,5})(?:\/\d+)? (\S+) (\S.*)$/.exec(lines[0]!.trimEnd());
  if (!match) throw new ProtocolError('SDP with a malformed media line');
  const [, kind, port, protocol, formats] = match;
  return {
    kind: kind!,
    port: Number(port),
    protocol: protocol!,
    formats: formats!.split(/\s+/),
    attributes: attributesOf(lines),
  };
}

function attributesOf(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('a=')).map((line) => line.slice(2).trimEnd());
}

/** Writes a description that carries no address but those of its candidates; `origin` numbers it (RFC 8829 section 5.2.1). */
export function writeDescription(
  { attributes, media }: Description,
  origin: { readonly id: string; readonly version: number },
): string {
  const lines = ['v=0', `o=- ${origin.id} ${origin.version} IN IP4 127.0.0.1`, 's=-', 't=0 0'];
  lines.push(...attributes.map((line) => `a=${line}`));
  for (const { kind, port, protocol, formats, attributes: own } of media) {
    lines.push(`m=${kind} ${port} ${protocol} ${formats.join(' ')}`, 'c=IN IP4 0.0.0.0');
    lines.push(...own.map((line) => `a=${line}`));
  }
  return lines.map((line) => `${line}\r\n`).join('');
}

/** The value of the first attribute of this name; '' for a bare one. */
export function attribute(
  { attributes }: { readonly attributes: readonly string[] },
  name: string,
): string | undefined {
  for (const line of attributes) {
    if (line === name) return '';
    if (line.startsWith(`${name}:`)) return line.slice(name.length + 1);
  }
  return undefined;
}

/** The values of all attributes of this name. */
export function attributesNamed({ attributes }: { readonly attributes: readonly string[] }, name: string): string[] {
  return attributes.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1));
}
