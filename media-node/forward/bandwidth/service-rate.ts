/** So much of the latest service tells what the path carries now: shorter is one packet's luck, longer is what it was. */
const WINDOW_MS = 50;
const MIN_PACKETS = 3;
const OUTLIER = 2.5;
const PLACES = 64;

/** What queued longer ago says nothing of the path as it is. */
const MEMORY_MS = 500;

/**
 * How fast the narrow part of the path serves packets that queue for it. Behind another packet, one arrives as much later
 * as its own service takes, whatever was sent: a few of them tell the capacity, at once after it has changed. Allocates
 * nothing once it is made.
 */
export class ServiceRate {
  readonly #gapsMs = new Float64Array(PLACES);
  readonly #sizes = new Float64Array(PLACES);
  readonly #arrivalsMs = new Float64Array(PLACES);
  #count = 0;
  #arrivedMs = -Infinity;

  /** A packet arrived that had waited `queueMs` in all. Packets come in the order in which they were sent. */
  arrived(sizeBytes: number, arrivedMs: number, queueMs: number): void {
    const gapMs = arrivedMs - this.#arrivedMs;
    if (gapMs < 0) return;
    this.#arrivedMs = arrivedMs;
    // When the one before had arrived, this one was not waiting yet: the path was idle in between.
    if (queueMs <= gapMs) return;
    const at = this.#count++ % PLACES;
    this.#gapsMs[at] = gapMs;
    this.#sizes[at] = sizeBytes;
    this.#arrivalsMs[at] = arrivedMs;
  }

  /** In bit/s, by the latest packets; undefined while too few have queued, or all of them came at once. */
  get bps(): number | undefined {
    let [sumMs, bytes, packets] = [0, 0, 0];
    let [longestMs, secondMs, bytesOfLongest] = [0, 0, 0];
    const known = Math.min(this.#count, PLACES);
    for (let back = 1; back <= known && (sumMs < WINDOW_MS || packets < MIN_PACKETS); back++) {
      const at = (this.#count - back) % PLACES;
      if (this.#arrivedMs - this.#arrivalsMs[at]! > MEMORY_MS) break;
      const gapMs = this.#gapsMs[at]!;
      sumMs += gapMs;
      bytes += this.#sizes[at]!;
      packets++;
      if (gapMs > longestMs) [longestMs, secondMs, bytesOfLongest] = [gapMs, longestMs, this.#sizes[at]!];
      else secondMs = Math.max(secondMs, gapMs);
    }
    if (packets < MIN_PACKETS) return undefined;
    // One that stands out was held up by something else.
    const heldUp = longestMs > OUTLIER * secondMs;
    const servedMs = heldUp ? sumMs - longestMs : sumMs;
    return servedMs > 0 ? ((bytes - (heldUp ? bytesOfLongest : 0)) * 8000) / servedMs : undefined;
  }
}
