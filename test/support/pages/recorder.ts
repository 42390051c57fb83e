const INTERVAL_MS = 100;

/** From 1900 to 1970. */
const NTP_OFFSET_MS = 2_208_988_800_000;

/** What a received stream had brought so far, as the decoder tells (webrtc-stats `RTCInboundRtpStreamStats`). */
export interface StreamSample {
  /** Of the stream; the same in all samples. */
  readonly id: string;
  readonly kind: string;
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly frameHeight: number;
  readonly keyFramesDecoded: number;
  readonly freezeCount: number;
  readonly totalFreezesDuration: number;
  readonly concealedSamples: number;
  readonly silentConcealedSamples: number;
  readonly totalSamplesReceived: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly retransmittedPacketsReceived: number;
  readonly nackCount: number;
  readonly pliCount: number;
  readonly bytesReceived: number;
  /** When what is played now was sent, by the sender's clock, in milliseconds since 1900; 0 while that is not known. */
  readonly estimatedPlayoutTimestamp: number;
}

/** What a stream has sent so far (webrtc-stats `RTCOutboundRtpStreamStats`). */
export interface SentSample {
  readonly id: string;
  readonly kind: string;
  readonly framesSent: number;
  readonly packetsSent: number;
  readonly retransmittedPacketsSent: number;
  readonly nackCount: number;
}

/** All streams of a page at one time. */
export interface Sample {
  readonly atMs: number;
  /** The same on the clock that all share, since 1900 as NTP counts. */
  readonly ntpMs: number;
  readonly streams: readonly StreamSample[];
  readonly sent: readonly SentSample[];
}

const sentNames = ['framesSent', 'packetsSent', 'retransmittedPacketsSent', 'nackCount'] as const;

const names = [
  'framesDecoded',
  'framesDropped',
  'frameHeight',
  'keyFramesDecoded',
  'freezeCount',
  'totalFreezesDuration',
  'concealedSamples',
  'silentConcealedSamples',
  'totalSamplesReceived',
  'packetsReceived',
  'packetsLost',
  'retransmittedPacketsReceived',
  'nackCount',
  'pliCount',
  'bytesReceived',
  'estimatedPlayoutTimestamp',
] as const;

/** Looks at what a page receives, over and over. */
export class Recorder {
  readonly #connections: readonly RTCPeerConnection[];
  #samples: Sample[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  /** The connections of the page; more may be added to the list. */
  constructor(connections: readonly RTCPeerConnection[]) {
    this.#connections = connections;
  }

  /** Begins anew. */
  start(): void {
    clearInterval(this.#timer);
    this.#samples = [];
    this.#timer = setInterval(() => void this.#look(), INTERVAL_MS);
  }

  /** What was seen since the start. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** The ports that the page's open connections may send from; behind a NAT the page cannot say which of them it does. */
  async ports(): Promise<number[]> {
    const candidates = (await this.#stats()).filter(({ type }) => type === 'local-candidate');
    return candidates.map(({ port }) => Number(port));
  }

  async #look(): Promise<void> {
    const atMs = performance.now();
    const stats = await this.#stats();
    const streams = pick(stats, 'inbound-rtp', names) as unknown as StreamSample[];
    const sent = pick(stats, 'outbound-rtp', sentNames) as unknown as SentSample[];
    this.#samples.push({ atMs, ntpMs: performance.timeOrigin + atMs + NTP_OFFSET_MS, streams, sent });
  }

  async #stats(): Promise<Record<string, unknown>[]> {
    const open = this.#connections.filter(({ connectionState }) => connectionState !== 'closed');
    const reports = await Promise.all(open.map((connection) => connection.getStats()));
    return reports.flatMap((report) => [...report.values()] as Record<string, unknown>[]);
  }
}

function pick(stats: readonly Record<string, unknown>[], type: string, counts: readonly string[]): object[] {
  return stats
    .filter((entry) => entry['type'] === type)
    .map((entry) => ({
      id: String(entry['ssrc']),
      kind: String(entry['kind']),
      ...Object.fromEntries(counts.map((name) => [name, Number(entry[name] ?? 0)])),
    }));
}
