/** So much of a probe must have arrived. */
const MIN_ARRIVED = 0.8;
const MIN_GROUPS = 4;

/** Packets that are sent this close together go out in one tick, and make a group. */
const GROUP_MS = 4;

/** A probe that takes longer was interrupted; one that is shorter measures clocks. */
const MAX_DURATION_MS = 1000;
const MIN_DURATION_MS = 5;

/** A probe that arrives slower than it was sent filled the path: a little less than that fits. */
const SATURATED = 0.9;
const BELOW_CAPACITY = 0.95;

/** Nothing arrives twice as fast as it was sent, unless it waited on the way before. */
const MAX_COMPRESSION = 2;

interface Arrived {
  readonly firstSentMs: number;
  lastSentMs: number;
  lastArrivedMs: number;
  sizeBytes: number;
}

/** How fast the packets of one probe went through. */
export class ProbeResult {
  readonly #expectedBytes: number;
  readonly #groups: Arrived[] = [];
  #bytes = 0;

  constructor(expectedBytes: number) {
    this.#expectedBytes = expectedBytes;
  }

  /** A packet of the probe arrived; packets come in the order in which they were sent. */
  arrived(sentMs: number, arrivedMs: number, sizeBytes: number): void {
    this.#bytes += sizeBytes;
    const group = this.#groups.at(-1);
    if (group && sentMs - group.firstSentMs <= GROUP_MS) {
      group.lastSentMs = Math.max(group.lastSentMs, sentMs);
      group.lastArrivedMs = Math.max(group.lastArrivedMs, arrivedMs);
      group.sizeBytes += sizeBytes;
    } else {
      this.#groups.push({ firstSentMs: sentMs, lastSentMs: sentMs, lastArrivedMs: arrivedMs, sizeBytes });
    }
  }

  /** What the path carries at least, in bit/s; undefined while too little has arrived, or nothing can be told. */
  get bps(): number | undefined {
    const first = this.#groups[0];
    const last = this.#groups.at(-1);
    if (this.#groups.length < MIN_GROUPS || this.#bytes < MIN_ARRIVED * this.#expectedBytes) return undefined;
    // A group lasts until the next one, so the last has been sent for an unknown time, and the first arrived in one.
    const sentBps = rate(this.#bytes - last!.sizeBytes, last!.firstSentMs - first!.firstSentMs);
    const arrivedBps = rate(this.#bytes - first!.sizeBytes, last!.lastArrivedMs - first!.lastArrivedMs);
    if (sentBps === undefined || arrivedBps === undefined || arrivedBps > MAX_COMPRESSION * sentBps) return undefined;
    return arrivedBps < SATURATED * sentBps ? BELOW_CAPACITY * arrivedBps : Math.min(sentBps, arrivedBps);
  }
}

function rate(sizeBytes: number, durationMs: number): number | undefined {
  if (durationMs < MIN_DURATION_MS || durationMs > MAX_DURATION_MS) return undefined;
  return (sizeBytes * 8000) / durationMs;
}
