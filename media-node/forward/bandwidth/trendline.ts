/** So many groups make the line. */
const WINDOW = 20;

/** How much of the old value smoothed delays keep. */
const SMOOTHING = 0.9;

/** Brings a slope to the size of the thresholds, which are milliseconds of queueing. */
const GAIN = 4;
const MAX_WEIGHT = 60;

/** Between these the threshold lives (draft-ietf-rmcat-gcc-02 section 5.4). */
const MIN_THRESHOLD_MS = 6;
const MAX_THRESHOLD_MS = 600;
const INITIAL_THRESHOLD_MS = 12.5;

/** How fast the threshold follows the trend, upwards and downwards: else TCP beside it would starve us. */
const RISE = 0.0087;
const FALL = 0.039;

/** A trend so far above the threshold is a sudden drop of the capacity, to which the threshold must not adapt. */
const MAX_ADAPTATION_MS = 15;
const MAX_STEP_MS = 100;

/** Overuse has lasted this long before it counts. */
const OVERUSE_MS = 10;

/** What the delays say of the path. */
export type PathUse = 'normal' | 'over' | 'under';

/**
 * Tells whether queues grow: the slope of smoothed delays over the latest groups, held against a threshold that adapts
 * (draft-ietf-rmcat-gcc-02 sections 5.3 to 5.5; the line of least squares takes the place of its Kalman filter).
 */
export class Trendline {
  readonly #times = new Float64Array(WINDOW);
  readonly #delays = new Float64Array(WINDOW);
  #count = 0;
  #originMs = 0;
  #accumulatedMs = 0;
  #smoothedMs = 0;
  #slope = 0;
  #previousTrend = 0;
  #thresholdMs = INITIAL_THRESHOLD_MS;
  #updatedMs: number | undefined;
  #overSinceMs: number | undefined;
  #overGroups = 0;
  #use: PathUse = 'normal';

  get use(): PathUse {
    return this.#use;
  }

  /** A group was under way `variationMs` longer than the one before, and had arrived at `arrivedMs`. */
  add(variationMs: number, arrivedMs: number): void {
    if (this.#count === 0) this.#originMs = arrivedMs;
    this.#accumulatedMs += variationMs;
    this.#smoothedMs = SMOOTHING * this.#smoothedMs + (1 - SMOOTHING) * this.#accumulatedMs;
    const at = this.#count++ % WINDOW;
    this.#times[at] = arrivedMs - this.#originMs;
    this.#delays[at] = this.#smoothedMs;
    if (this.#count >= WINDOW) this.#slope = slope(this.#times, this.#delays) ?? this.#slope;
    this.#detect(Math.min(this.#count, MAX_WEIGHT) * this.#slope * GAIN, arrivedMs);
  }

  #detect(trend: number, nowMs: number): void {
    if (trend > this.#thresholdMs) {
      this.#overSinceMs ??= nowMs;
      this.#overGroups++;
      const lasts = nowMs - this.#overSinceMs > OVERUSE_MS && this.#overGroups > 1;
      if (lasts && trend >= this.#previousTrend) this.#use = 'over';
    } else {
      this.#overSinceMs = undefined;
      this.#overGroups = 0;
      this.#use = trend < -this.#thresholdMs ? 'under' : 'normal';
    }
    this.#previousTrend = trend;
    this.#adapt(Math.abs(trend), nowMs);
  }

  #adapt(trend: number, nowMs: number): void {
    const elapsedMs = Math.min(nowMs - (this.#updatedMs ?? nowMs), MAX_STEP_MS);
    this.#updatedMs = nowMs;
    if (trend > this.#thresholdMs + MAX_ADAPTATION_MS) return;
    const rate = trend < this.#thresholdMs ? FALL : RISE;
    const threshold = this.#thresholdMs + rate * (trend - this.#thresholdMs) * elapsedMs;
    this.#thresholdMs = Math.min(Math.max(threshold, MIN_THRESHOLD_MS), MAX_THRESHOLD_MS);
  }
}

/** Of the line of least squares; undefined when all times are one. */
function slope(xs: Float64Array, ys: Float64Array): number | undefined {
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < xs.length; i++) {
    sumX += xs[i]!;
    sumY += ys[i]!;
  }
  const meanX = sumX / xs.length;
  const meanY = sumY / xs.length;
  let covariance = 0;
  let variance = 0;
  for (let i = 0; i < xs.length; i++) {
    covariance += (xs[i]! - meanX) * (ys[i]! - meanY);
    variance += (xs[i]! - meanX) ** 2;
  }
  return variance === 0 ? undefined : covariance / variance;
}
