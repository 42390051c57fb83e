const BUCKETS = 10;

/** The smallest of the values seen within the last `windowMs`, to a tenth of it. */
export class SlidingMinimum {
  readonly #bucketMs: number;
  readonly #minima = new Map<number, number>();

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  /** Takes a value and gives the smallest. */
  push(value: number, nowMs: number): number {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    this.#minima.set(bucket, Math.min(value, this.#minima.get(bucket) ?? Infinity));
    for (const old of this.#minima.keys()) if (old <= bucket - BUCKETS) this.#minima.delete(old);
    return Math.min(...this.#minima.values());
  }

  /** Forgets what was seen. */
  clear(): void {
    this.#minima.clear();
  }
}
