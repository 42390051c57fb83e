import { DEPENDENCY_DESCRIPTOR_URI } from '@muon/wire/rtp/dependency-descriptor.ts';
import type { MediaKind } from '@muon/contract/participant.ts';

/** The RTP header extensions that a node knows. */
export type HeaderExtension =
  | 'mid'
  | 'rid'
  | 'repairedRid'
  | 'transportSequence'
  | 'absoluteSendTime'
  | 'audioLevel'
  | 'videoOrientation'
  | 'playoutDelay'
  | 'dependencyDescriptor';

interface Registration {
  /** Under which forwarded packets and our own offers have it; clients number theirs as they like. */
  readonly id: number;
  readonly uri: string;
  /** Whether it goes on to subscribers; the others serve a single hop. */
  readonly forwarded: boolean;
  /** Whether a node writes its own into what it sends. */
  readonly made?: boolean;
  readonly kinds: readonly MediaKind[];
}

/** One numbering for audio and video, since a BUNDLE shares it (RFC 8843 section 9.2). */
export const headerExtensions: Readonly<Record<HeaderExtension, Registration>> = {
  mid: { id: 1, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', forwarded: false, kinds: ['audio', 'video'] },
  absoluteSendTime: {
    id: 2,
    uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
    forwarded: false,
    kinds: ['audio', 'video'],
  },
  transportSequence: {
    id: 3,
    uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    forwarded: false,
    made: true,
    kinds: ['audio', 'video'],
  },
  audioLevel: { id: 4, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', forwarded: true, kinds: ['audio'] },
  videoOrientation: { id: 5, uri: 'urn:3gpp:video-orientation', forwarded: true, kinds: ['video'] },
  playoutDelay: {
    id: 6,
    uri: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
    forwarded: true,
    kinds: ['video'],
  },
  dependencyDescriptor: { id: 7, uri: DEPENDENCY_DESCRIPTOR_URI, forwarded: true, kinds: ['video'] },
  rid: { id: 10, uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', forwarded: false, kinds: ['video'] },
  repairedRid: {
    id: 11,
    uri: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
    forwarded: false,
    kinds: ['video'],
  },
};

const entries = Object.entries(headerExtensions) as [HeaderExtension, Registration][];

export function findExtension(uri: string): HeaderExtension | undefined {
  return entries.find(([, registration]) => registration.uri === uri)?.[0];
}

/** The `a=extmap:` values of our own offers: what subscribers are sent. */
export function offeredExtensions(kind: MediaKind): string[] {
  return entries
    .filter(([, { forwarded, made, kinds }]) => (forwarded || made) && kinds.includes(kind))
    .map(([, { id, uri }]) => `${id} ${uri}`);
}
