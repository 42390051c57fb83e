/** What tells how well a participant is connected; what is not known says nothing. */
export interface QualitySample {
  readonly lossFraction: number | undefined;
  readonly rttMs: number | undefined;
  /** How much of what it wants to receive the network bears, from 0 to 1. */
  readonly bandwidthShare: number | undefined;
  /** Since anything came over the media path; undefined before there is one. */
  readonly silentMs: number | undefined;
  /** Signalling is broken. */
  readonly lost: boolean;
}

export type Quality = 'excellent' | 'good' | 'poor' | 'lost';

/** Up to these it is as good: repairs hide 3 % of loss, and a conversation bears a quarter of a second. */
const limits = {
  excellent: { lossFraction: 0.03, rttMs: 250, bandwidthShare: 0.9 },
  good: { lossFraction: 0.1, rttMs: 500, bandwidthShare: 0.5 },
} as const;

/** Clients check their paths every 2.5 s, or every 6 s at the latest (RFC 7675 section 5.1): this is silence. */
const SILENCE_MS = 8000;

/** What was measured before so long a silence says nothing any more. */
const STALE_MS = 3000;

/** So many samples in a row have to agree before the quality changes; but for `lost`, which is told at once. */
const AGREEING = 2;

/** How well one participant is connected, without flapping. */
export class ConnectionQualityTracker {
  #quality: Quality | undefined;
  #candidate: Quality | undefined;
  #agreed = 0;

  get quality(): Quality | undefined {
    return this.#quality;
  }

  /** Whether the quality is another one by this sample. */
  update(sample: QualitySample): boolean {
    const quality = judge(sample);
    if (!quality) return false;
    this.#agreed = quality === this.#candidate ? this.#agreed + 1 : 1;
    this.#candidate = quality;
    if (quality === this.#quality) return false;
    if (this.#agreed < AGREEING && quality !== 'lost' && this.#quality !== undefined) return false;
    this.#quality = quality;
    return true;
  }
}

/** Undefined when the sample tells nothing. */
function judge(sample: QualitySample): Quality | undefined {
  const { lost, silentMs = 0 } = sample;
  if (lost || silentMs > SILENCE_MS) return 'lost';
  if (silentMs > STALE_MS) return undefined;
  if (meets(sample, limits.excellent)) return 'excellent';
  return meets(sample, limits.good) ? 'good' : 'poor';
}

function meets({ lossFraction = 0, rttMs = 0, bandwidthShare = 1 }: QualitySample, limit: Limit): boolean {
  return lossFraction <= limit.lossFraction && rttMs <= limit.rttMs && bandwidthShare >= limit.bandwidthShare;
}

type Limit = (typeof limits)[keyof typeof limits];
