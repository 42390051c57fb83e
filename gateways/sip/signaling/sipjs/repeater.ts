/** RFC 3261 section 17.1.1.1: the first interval, the longest one, and how long to go on in all. */
const T1_MS = 500;
const T2_MS = 4000;
export const TRANSACTION_MS = 64 * T1_MS;

interface Repeated {
  readonly send: () => void;
  readonly untilMs: number;
  intervalMs: number;
  nextMs: number;
}

/** Sends again what UDP may have lost, in growing intervals, until it is told that it arrived (timers E and G). */
export class Repeater {
  readonly #repeated = new Map<string, Repeated>();
  readonly #onRepeat: (() => void) | undefined;

  /** `onRepeat` is called for each message that is sent again. */
  constructor(onRepeat?: () => void) {
    this.#onRepeat = onRepeat;
  }

  get size(): number {
    return this.#repeated.size;
  }

  /** Sends now, and again until {@link stop}. */
  start(key: string, send: () => void, nowMs: number): void {
    send();
    this.#repeated.set(key, { send, untilMs: nowMs + TRANSACTION_MS, intervalMs: T1_MS, nextMs: nowMs + T1_MS });
  }

  /** It arrived; whether it was waited for. */
  stop(key: string): boolean {
    return this.#repeated.delete(key);
  }

  poll(nowMs: number): void {
    for (const [key, repeated] of this.#repeated) {
      if (nowMs >= repeated.untilMs) this.#repeated.delete(key);
      else if (nowMs >= repeated.nextMs) {
        repeated.intervalMs = Math.min(2 * repeated.intervalMs, T2_MS);
        repeated.nextMs = nowMs + repeated.intervalMs;
        this.#onRepeat?.();
        repeated.send();
      }
    }
  }
}
