/** What a media section of an SDP says about the track that its author sends there. */
export interface MediaSection {
  readonly mid: string;
  /** Stream id and track id (RFC 8830), as `stream track`. */
  readonly msid: string | undefined;
  /** Whether the author sends. */
  readonly sending: boolean;
}

/** The media sections of an SDP that have a mid. */
export function mediaSections(sdp: string): MediaSection[] {
  return sdp
    .split(/^m=/m)
    .slice(1)
    .flatMap((section) => {
      const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
      const msid = /^a=msid:(\S+ \S+)/m.exec(section)?.[1];
      const silent = /^a=(?:recvonly|inactive)\s*$/m.test(section);
      return mid === undefined ? [] : [{ mid, msid, sending: !silent }];
    });
}

/** The track id within `stream track`. */
export function trackIdOf(msid: string): string {
  return msid.slice(msid.indexOf(' ') + 1);
}

const opusMap = /^a=rtpmap:(\d+) opus\/48000\/2(\r?\n)/gim;

/** The SDP with retransmission of Opus announced (RFC 4585): browsers made of libwebrtc do it and do not say so. */
export function withOpusNack(sdp: string): string {
  return sdp.replace(opusMap, (line, payloadType: string, end: string) => {
    const feedback = `a=rtcp-fb:${payloadType} nack${end}`;
    return sdp.includes(feedback) ? line : line + feedback;
  });
}

/**
 * The SDP with more parameters of Opus (RFC 7587), as `usedtx=1`, in the sections whose mid has some: answered as they
 * are offered, they are how its author sends.
 */
export function withOpusParameters(sdp: string, parameters: ReadonlyMap<string, readonly string[]>): string {
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m);
  return session + sections.map((section) => withParameters(section, parameters)).join('');
}

function withParameters(section: string, parameters: ReadonlyMap<string, readonly string[]>): string {
  const more = parameters.get(/^a=mid:(\S+)/m.exec(section)?.[1] ?? '') ?? [];
  const [, payloadType] = new RegExp(opusMap.source, 'im').exec(section) ?? [];
  if (more.length === 0 || payloadType === undefined) return section;
  return section.replace(new RegExp(`^a=fmtp:${payloadType} .*`, 'm'), (line) => [line, ...more].join(';'));
}
