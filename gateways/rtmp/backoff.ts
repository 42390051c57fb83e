const FIRST_MS = 250;
const LAST_MS = 8000;

/** A process that has lived for so long was well; its next end is a first one. */
const SETTLED_MS = 30_000;

/** How long to wait before a process that ended is started again: longer each time, until one lives. */
export class Backoff {
  #attempts = 0;

  /** Ends in a row, without a settled life between them. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The wait after a life of this length. */
  next(livedMs: number): number {
    this.#attempts = livedMs >= SETTLED_MS ? 1 : this.#attempts + 1;
    return Math.min(LAST_MS, FIRST_MS * 2 ** (this.#attempts - 1));
  }
}
