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

/** The SDP with retransmission of Opus announced (RFC 4585): browsers made of libwebrtc do it and do not say so. */
export function withOpusNack(sdp: string): string {
  return sdp.replace(/^a=rtpmap:(\d+) opus\/48000\/2(\r?\n)/gim, (line, payloadType: string, end: string) => {
    const feedback = `a=rtcp-fb:${payloadType} nack${end}`;
    return sdp.includes(feedback) ? line : line + feedback;
  });
}
