/** How many of the latest indices are told apart; older ones are refused. RFC 3711 section 3.3.2 asks for 64 at least. */
const WINDOW = 2048;

/** Remembers which packet indices were there, so that none counts twice (RFC 3711 section 3.3.2). */
export class ReplayWindow {
  readonly #seen = new Uint32Array(WINDOW / 32);
  #highest = -1;

  /** The highest index so far; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether the index was there already, or is too old to tell. */
  has(index: number): boolean {
    if (index > this.#highest) return false;
    if (index <= this.#highest - WINDOW) return true;
    return (this.#seen[(index % WINDOW) >>> 5]! & (1 << (index & 31))) !== 0;
  }

  /** Remembers an index that {@link has} did not know. */
  add(index: number): void {
    if (index > this.#highest) {
      this.#forgetUpTo(index);
      this.#highest = index;
    }
    this.#seen[(index % WINDOW) >>> 5]! |= 1 << (index & 31);
  }

  /** Frees the places of the indices between the highest so far and a new one. */
  #forgetUpTo(index: number): void {
    if (index - this.#highest >= WINDOW) {
      this.#seen.fill(0);
      return;
    }
    for (let i = this.#highest + 1; i <= index; i++) this.#seen[(i % WINDOW) >>> 5]! &= ~(1 << (i & 31));
  }
}
