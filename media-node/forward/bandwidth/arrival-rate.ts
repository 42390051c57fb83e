const BUCKET_MS = 25;
const BUCKETS = 64;

/** Nothing came for so long: a radio held everything back, or nothing was sent. Neither says what the path carries. */
const SILENCE_MS = 100;

/** How much arrives at the receiver, by its own clock. Allocates nothing once it is made. */
export class ArrivalRate {
  readonly #bytes = new Float64Array(BUCKETS);
  #first: number | undefined;
  #latest = 0;
  #latestMs = -Infinity;
  /** When packets came again after the last silence. */
  #resumedMs = -Infinity;

  arrived(sizeBytes: number, arrivedMs: number): void {
    if (arrivedMs - this.#latestMs > SILENCE_MS) this.#resumedMs = arrivedMs;
    this.#latestMs = Math.max(this.#latestMs, arrivedMs);
    const bucket = Math.floor(arrivedMs / BUCKET_MS);
    if (this.#first === undefined || Math.abs(bucket - this.#latest) >= BUCKETS) this.#begin(bucket);
    else if (bucket <= this.#latest - BUCKETS) return;
    for (; this.#latest < bucket; this.#latest++) this.#bytes[place(this.#latest + 1)] = 0;
    this.#bytes[place(bucket)]! += sizeBytes;
  }

  /** Over the last `windowMs`, in bit/s; undefined while there is less than half of that to look back on. */
  over(windowMs: number): number | undefined {
    if (this.#first === undefined) return undefined;
    // The latest bucket is not over yet.
    const count = Math.min(Math.round(windowMs / BUCKET_MS), this.#latest - this.#first);
    if (count === 0 || count * BUCKET_MS < windowMs / 2) return undefined;
    let bytes = 0;
    for (let back = 1; back <= count; back++) bytes += this.#bytes[place(this.#latest - back)]!;
    return (bytes * 8000) / (count * BUCKET_MS);
  }

  /** The same since the last silence at most: while a queue is waiting, that is all that the path carries. */
  sinceSilence(windowMs: number): number | undefined {
    return this.over(Math.min(windowMs, this.#latestMs - this.#resumedMs));
  }

  #begin(bucket: number): void {
    this.#bytes.fill(0);
    this.#first = bucket;
    this.#latest = bucket;
  }
}

function place(bucket: number): number {
  return ((bucket % BUCKETS) + BUCKETS) % BUCKETS;
}
