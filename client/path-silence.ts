/** So long something has to have come without a pause before its absence says anything. */
const FLOW_MS = 1000;

/** Longer than it takes to switch layers or to make a keyframe. */
const SILENCE_MS = 700;

/** Browsers that send media are told every 50 ms how it came; so much sent into such a silence is no coincidence. */
const UNANSWERED_MS = 450;
const UNANSWERED_BYTES = 500;

/** How much a connection has sent and received so far, in bytes. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

/**
 * Notices when a media path that carried packets falls silent, long before ICE does: a NAT that gave a client another
 * port drops what the node sends, and browsers check a path that was good every 2.5 s only.
 */
export class PathSilence {
  #traffic: Traffic | undefined;
  #sentBefore = 0;
  #flowsSinceMs: number | undefined;
  #receivedMs = -Infinity;

  update(traffic: Traffic, nowMs: number): void {
    const grown = this.#traffic !== undefined && traffic.received > this.#traffic.received;
    this.#traffic = traffic;
    if (!grown) return;
    if (this.#flowsSinceMs === undefined || nowMs - this.#receivedMs > SILENCE_MS) this.#flowsSinceMs = nowMs;
    this.#receivedMs = nowMs;
    this.#sentBefore = traffic.sent;
  }

  /** Whether packets came just now. */
  flows(nowMs: number): boolean {
    return nowMs - this.#receivedMs < SILENCE_MS;
  }

  /** Whether packets came all the time, and come no more. */
  silent(nowMs: number): boolean {
    return this.#flowed && !this.flows(nowMs);
  }

  /** The same for a shorter while, in which what was sent brought no answer. */
  unanswered(nowMs: number): boolean {
    const quiet = this.#flowed && nowMs - this.#receivedMs >= UNANSWERED_MS;
    return quiet && this.#traffic!.sent - this.#sentBefore >= UNANSWERED_BYTES;
  }

  get #flowed(): boolean {
    return this.#flowsSinceMs !== undefined && this.#receivedMs - this.#flowsSinceMs >= FLOW_MS;
  }
}
