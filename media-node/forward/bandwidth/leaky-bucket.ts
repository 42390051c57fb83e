/** So much may go out at once: a frame of usual size. */
const BURST_MS = 20;
const MIN_BURST_BYTES = 6000;

/** A rate that short bursts may exceed: what is sent fills it, and it drains at the rate. */
export class LeakyBucket {
  #bytes = 0;
  #drainedMs: number | undefined;
  #burstBytes = MIN_BURST_BYTES;

  /** Lets time pass; Infinity bit/s keep it empty. */
  drain(rateBps: number, nowMs: number): void {
    const drainedBytes = rateBps === Infinity ? Infinity : (rateBps * (nowMs - (this.#drainedMs ?? nowMs))) / 8000;
    this.#bytes = Math.max(0, this.#bytes - drainedBytes);
    this.#drainedMs = nowMs;
    this.#burstBytes = Math.max(MIN_BURST_BYTES, (rateBps * BURST_MS) / 8000);
  }

  add(sizeBytes: number): void {
    this.#bytes += sizeBytes;
  }

  /** Whether the next packet has to wait. */
  get full(): boolean {
    return this.#bytes > this.#burstBytes;
  }
}
