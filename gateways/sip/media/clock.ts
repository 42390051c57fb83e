import { FRAME_MS } from '../call/frame.ts';

/** Frames that are made up for after the process was held up; more would only be old sound. */
const MAX_CATCH_UP = 5;

/** Calls everybody once a frame, on average exactly: what a timer is late by is made up for. */
export class FrameClock {
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #nextMs = 0;

  /** Calls `listener` each frame until the function that is given back is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (!this.#timer) {
      this.#nextMs = performance.now() + FRAME_MS;
      this.#timer = setTimeout(() => this.#tick(), FRAME_MS);
    }
    return () => this.#listeners.delete(listener);
  }

  #tick(): void {
    const nowMs = performance.now();
    if (nowMs - this.#nextMs > MAX_CATCH_UP * FRAME_MS) this.#nextMs = nowMs;
    for (; this.#nextMs <= nowMs; this.#nextMs += FRAME_MS) for (const listener of this.#listeners) listener();
    this.#timer =
      this.#listeners.size === 0
        ? undefined
        : setTimeout(() => this.#tick(), Math.max(1, this.#nextMs - performance.now()));
  }
}
