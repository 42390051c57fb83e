/** The shortest time between two requests; encoders ignore or suffer from more. */
const MIN_INTERVAL_MS = 500;

/** Decides when to ask a publisher for a keyframe: once for all who want it, again until it comes. */
export class KeyframeRequester {
  #wanted = false;
  #requestedMs = -Infinity;

  want(): void {
    this.#wanted = true;
  }

  /** A keyframe came. */
  arrived(): void {
    this.#wanted = false;
  }

  /** When {@link poll} next has something to do. */
  get deadlineMs(): number {
    return this.#wanted ? this.#requestedMs + MIN_INTERVAL_MS : Infinity;
  }

  /** Whether to send a request now. */
  poll(nowMs: number): boolean {
    if (nowMs < this.deadlineMs) return false;
    this.#requestedMs = nowMs;
    return true;
  }
}
