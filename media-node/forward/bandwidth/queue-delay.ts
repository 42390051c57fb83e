/** The shortest way of the last seconds, each by itself, is the way without a queue. */
const BUCKET_MS = 1000;
const BUCKETS = 10;

/** A queue that has stood so long at least, of this length, does not drain by itself. */
const STANDING_MS = 400;
const STANDING_QUEUE_MS = 120;

/** After so many decreases that did not shorten it, it is no queue: the way has become longer. */
const MAX_ATTEMPTS = 4;

/** How long packets wait on their way, which is what they take longer than the fastest; the two clocks need not agree. */
export class QueueDelay {
  readonly #shortest = new Float64Array(BUCKETS).fill(Infinity);
  #bucket: number | undefined;
  /** Of all buckets. */
  #fastestMs = Infinity;
  /** Of the packet that was added last. */
  currentMs = 0;
  #longSinceMs: number | undefined;
  #standing = false;
  #attempts = 0;

  add(sentMs: number, arrivedMs: number): void {
    const delayMs = arrivedMs - sentMs;
    const bucket = Math.floor(arrivedMs / BUCKET_MS);
    if (this.#bucket === undefined || Math.abs(bucket - this.#bucket) >= BUCKETS) this.#begin(bucket);
    if (this.#bucket! < bucket) this.#advance(bucket);
    this.#shortest[place(bucket)] = Math.min(this.#shortest[place(bucket)]!, delayMs);
    this.#fastestMs = Math.min(this.#fastestMs, delayMs);
    this.currentMs = delayMs - this.#fastestMs;
    if (this.currentMs >= STANDING_QUEUE_MS) this.#longSinceMs ??= arrivedMs;
    else {
      this.#longSinceMs = undefined;
      this.#attempts = 0;
    }
    this.#standing = this.#longSinceMs !== undefined && arrivedMs - this.#longSinceMs >= STANDING_MS;
  }

  /** Whether a long queue has been there for a while: its delay does not grow any more, and yet it has to go. */
  get standing(): boolean {
    return this.#standing;
  }

  /** The rate was lowered because of a standing queue, which gets its time to drain. */
  acted(): void {
    this.#standing = false;
    this.#longSinceMs = undefined;
    if (++this.#attempts < MAX_ATTEMPTS) return;
    this.#attempts = 0;
    this.#bucket = undefined;
    this.currentMs = 0;
  }

  #begin(bucket: number): void {
    this.#shortest.fill(Infinity);
    this.#fastestMs = Infinity;
    this.#bucket = bucket;
  }

  #advance(bucket: number): void {
    for (; this.#bucket! < bucket; this.#bucket!++) this.#shortest[place(this.#bucket! + 1)] = Infinity;
    this.#fastestMs = Math.min(...this.#shortest);
  }
}

function place(bucket: number): number {
  return ((bucket % BUCKETS) + BUCKETS) % BUCKETS;
}
