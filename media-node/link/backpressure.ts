/** Above this, the other side is behind: video waits for its next keyframe. */
const SLOW_BYTES = 1024 * 1024;

/** Below this, it has caught up. */
const CAUGHT_UP_BYTES = 64 * 1024;

/** Above this, or behind for so long, it will not catch up any more. */
const HOPELESS_BYTES = 8 * 1024 * 1024;
const HOPELESS_MS = 10_000;

/** Decides what a link that does not take its bytes in time is still sent. */
export class Backpressure {
  #behindSinceMs: number | undefined;

  /** Whether video is being left out. */
  get behind(): boolean {
    return this.#behindSinceMs !== undefined;
  }

  /** Takes note of how many bytes wait; tells what changes by that. */
  update(queuedBytes: number, nowMs: number): 'fellBehind' | 'caughtUp' | 'hopeless' | undefined {
    if (queuedBytes > HOPELESS_BYTES) return 'hopeless';
    if (this.#behindSinceMs === undefined) {
      if (queuedBytes <= SLOW_BYTES) return undefined;
      this.#behindSinceMs = nowMs;
      return 'fellBehind';
    }
    if (queuedBytes < CAUGHT_UP_BYTES) {
      this.#behindSinceMs = undefined;
      return 'caughtUp';
    }
    return nowMs - this.#behindSinceMs >= HOPELESS_MS ? 'hopeless' : undefined;
  }
}
