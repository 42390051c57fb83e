interface Waiter {
  readonly ready: () => boolean;
  readonly end: (ready: boolean) => void;
}

/** Requests that are held until a fact; their number and time are bounded. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** True once `ready`; false after `timeoutMs`, when `signal` aborts, or at once when too many wait already. */
  wait(ready: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (ready()) return Promise.resolve(true);
    if (this.#waiting.size >= this.#limit || signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const giveUp = (): void => waiter.end(false);
      const timer = setTimeout(giveUp, timeoutMs);
      signal.addEventListener('abort', giveUp, { once: true });
      const waiter: Waiter = {
        ready,
        end: (isReady) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', giveUp);
          this.#waiting.delete(waiter);
          resolve(isReady);
        },
      };
      this.#waiting.add(waiter);
    });
  }

  /** Lets go of those whose fact has come. */
  wake(): void {
    for (const waiter of this.#waiting) if (waiter.ready()) waiter.end(true);
  }
}
