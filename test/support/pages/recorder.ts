const INTERVAL_MS = 200;

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
}

/** All received streams of a page at one time. */
export interface Sample {
  readonly atMs: number;
  readonly streams: readonly StreamSample[];
}

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

  /** The ports that the page's open connections send from. */
  async ports(): Promise<number[]> {
    const stats = await this.#stats();
    const pairs = stats.filter(({ type, state }) => type === 'candidate-pair' && state === 'succeeded');
    const used = new Set(pairs.map(({ localCandidateId }) => localCandidateId));
    return stats.filter(({ type, id }) => type === 'local-candidate' && used.has(id)).map(({ port }) => Number(port));
  }

  async #look(): Promise<void> {
    const atMs = performance.now();
    const stats = await this.#stats();
    const streams = stats
      .filter(({ type }) => type === 'inbound-rtp')
      .map((entry) => {
        const counts = Object.fromEntries(names.map((name) => [name, Number(entry[name] ?? 0)]));
        return { id: String(entry['ssrc']), kind: String(entry['kind']), ...counts } as unknown as StreamSample;
      });
    this.#samples.push({ atMs, streams });
  }

  async #stats(): Promise<Record<string, unknown>[]> {
    const open = this.#connections.filter(({ connectionState }) => connectionState !== 'closed');
    const reports = await Promise.all(open.map((connection) => connection.getStats()));
    return reports.flatMap((report) => [...report.values()] as Record<string, unknown>[]);
  }
}
