import { attribute, attributesNamed, type Description, type MediaDescription } from '@muon/wire/sdp/description.ts';
import { NegotiationError } from './negotiation-error.ts';

/** This side of a connection as SDP tells it. */
export interface LocalTransport {
  readonly ufrag: string;
  readonly password: string;
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
  readonly addresses: readonly string[];
  readonly port: number;
}

/** The client's side. */
export interface RemoteTransport {
  readonly ufrag: string;
  /** As after `a=fingerprint:`; any of them will do. */
  readonly fingerprints: readonly string[];
}

/** Before RFC 8445's local preference and component; there are host candidates alone, over TCP for want of UDP. */
const UDP_PREFERENCE = 126;
const TCP_PREFERENCE = 90;

/** In the local preference, that the client connects (RFC 6544 section 4.2). */
const PASSIVE_PREFERENCE = 4;

/**
 * Reads the client's side from its first medium that is not refused, or from the session.
 *
 * @throws NegotiationError when a part is missing or the client would be the passive side of DTLS.
 */
export function readTransport(description: Description): RemoteTransport {
  const media = description.media.find(({ port, attributes }) => port !== 0 || attributes.includes('bundle-only'));
  if (!media) throw new NegotiationError('the description has no medium');
  const value = (name: string): string | undefined => attribute(media, name) ?? attribute(description, name);
  const ufrag = value('ice-ufrag');
  if (!ufrag || ufrag.length > 256) throw new NegotiationError('the description has no ice-ufrag');
  if (value('setup') === 'passive') throw new NegotiationError('the client has to be the active side of DTLS');
  const own = attributesNamed(media, 'fingerprint');
  const fingerprints = own.length > 0 ? own : attributesNamed(description, 'fingerprint');
  if (fingerprints.length === 0) throw new NegotiationError('the description has no fingerprint');
  return { ufrag, fingerprints };
}

/** Header extensions too long for the one-byte form are understood, next to short ones (RFC 8285 section 6). */
export const MIXED_EXTENSIONS = 'extmap-allow-mixed';

/** Attributes of the session; the mids of all media that share the transport. */
export function sessionAttributes(mids: readonly string[], mixedExtensions: boolean): string[] {
  const attributes = ['ice-lite', `group:BUNDLE ${mids.join(' ')}`, 'msid-semantic:WMS *'];
  return mixedExtensions ? [...attributes, MIXED_EXTENSIONS] : attributes;
}

/** Attributes of each medium; `setup` as RFC 5763 has it. */
export function transportAttributes(local: LocalTransport, setup: 'actpass' | 'passive'): string[] {
  return [`fingerprint:sha-256 ${local.fingerprint}`, `setup:${setup}`, ...iceAttributes(local)];
}

/** Those of them that an ICE restart changes. */
export function iceAttributes(local: LocalTransport): string[] {
  return [
    `ice-ufrag:${local.ufrag}`,
    `ice-pwd:${local.password}`,
    ...local.addresses.map((address, index) => udpCandidate(address, local.port, index)),
    ...local.addresses.map((address, index) => tcpCandidate(address, local.port, index, local.addresses.length)),
    'end-of-candidates',
  ];
}

function udpCandidate(address: string, port: number, index: number): string {
  const priority = UDP_PREFERENCE * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255;
  return `candidate:${index + 1} 1 udp ${priority} ${address} ${port} typ host`;
}

/** The client connects to the same port number (RFC 6544 section 4.5). */
function tcpCandidate(address: string, port: number, index: number, before: number): string {
  const localPreference = PASSIVE_PREFERENCE * 2 ** 13 + 8191 - index;
  const priority = TCP_PREFERENCE * 2 ** 24 + localPreference * 2 ** 8 + 255;
  return `candidate:${before + index + 1} 1 tcp ${priority} ${address} ${port} typ host tcptype passive`;
}

/** What an answer, or an offer, gives in place of a medium that is not there. */
export function refusedMedia({ kind, protocol, formats }: MediaDescription, mid: string | undefined): MediaDescription {
  const attributes = mid === undefined ? ['inactive'] : [`mid:${mid}`, 'inactive'];
  return { kind, port: 0, protocol, formats, attributes };
}
