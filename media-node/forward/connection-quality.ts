/** What tells how well a participant is connected; what is not known says nothing. */
export interface QualitySample {
  readonly lossFraction: number | undefined;
  readonly rttMs: number | undefined;
  /** How much of what it wants to receive the network bears, from 0 to 1. */
  readonly bandwidthShare: number | undefined;
  /** Signalling or media is broken. */
  readonly lost: boolean;
}

export type Quality = 'excellent' | 'good' | 'poor' | 'lost';

/** Up to these it is as good: repairs hide 3 % of loss, and a conversation bears a quarter of a second. */
const limits = {
  excellent: { lossFraction: 0.03, rttMs: 250, bandwidthShare: 0.9 },
  good: { lossFraction: 0.1, rttMs: 500, bandwidthShare: 0.5 },
} as const;

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
    this.#agreed = quality === this.#candidate ? this.#agreed + 1 : 1;
    this.#candidate = quality;
    if (quality === this.#quality) return false;
    if (this.#agreed < AGREEING && quality !== 'lost' && this.#quality !== undefined) return false;
    this.#quality = quality;
    return true;
  }
}

function judge(sample: QualitySample): Quality {
  if (sample.lost) return 'lost';
  if (meets(sample, limits.excellent)) return 'excellent';
  return meets(sample, limits.good) ? 'good' : 'poor';
}

function meets({ lossFraction = 0, rttMs = 0, bandwidthShare = 1 }: QualitySample, limit: Limit): boolean {
  return lossFraction <= limit.lossFraction && rttMs <= limit.rttMs && bandwidthShare >= limit.bandwidthShare;
}

type Limit = (typeof limits)[keyof typeof limits];
