const BUCKET_MS = 25;
const BUCKETS = 64;

/** How much arrives at the receiver, by its own clock. Allocates nothing once it is made. */
export class ArrivalRate {
  readonly #bytes = new Float64Array(BUCKETS);
  #first: number | undefined;
  #latest = 0;

  arrived(sizeBytes: number, arrivedMs: number): void {
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
    if (count * BUCKET_MS < windowMs / 2) return undefined;
    let bytes = 0;
    for (let back = 1; back <= count; back++) bytes += this.#bytes[place(this.#latest - back)]!;
    return (bytes * 8000) / (count * BUCKET_MS);
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
