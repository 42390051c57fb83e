/** So many beginnings of runs are kept, for packets that come late: seconds, even when every other frame is left out. */
const RUNS = 128;

/**
 * Renumbers what goes on when some is left out on purpose, so that no gap shows, while a gap that the network made stays
 * a gap: what comes late gets the place that was kept for it. Numbers are counted on past their wraps.
 */
export class NumberMap {
  #highest = -1;
  /** How many were left out. */
  #omitted = 0;
  #omitting = false;
  /** The latest run's place in the rings; they are made when the first run ends. */
  #latest = -1;
  #starts: Float64Array | undefined;
  #shifts: Float64Array | undefined;
  #first = 0;

  /** Begins anew: nothing from before `first` has a place. */
  restart(first: number): void {
    this.#first = first;
    this.#highest = first - 1;
    this.#omitted = 0;
    this.#omitting = false;
    this.#latest = -1;
  }

  /** Whether everything so far kept its number. */
  get untouched(): boolean {
    return this.#latest === -1;
  }

  get highest(): number {
    return this.#highest;
  }

  /** The new number of one that goes on; with `missingToo` those missing before it would have been left out. */
  keep(number: number, missingToo: boolean): number | undefined {
    if (number <= this.#highest) return this.find(number);
    if (this.#omitting) {
      const start = missingToo ? number : this.#highest + 1;
      this.#omitted += start - this.#highest - 1;
      this.#begin(start, false);
    }
    this.#highest = number;
    return number - this.#omitted;
  }

  /** Leaves one out; with `missingToo` those missing before it as well. */
  omit(number: number, missingToo: boolean): void {
    if (number <= this.#highest) return;
    const start = missingToo ? this.#highest + 1 : number;
    if (this.#omitting && start > this.#highest + 1) this.#begin(this.#highest + 1, false);
    if (!this.#omitting) this.#begin(start, true);
    this.#omitted += number - start + 1;
    this.#highest = number;
  }

  /** The new number of an earlier one; undefined when it was left out or is long gone. */
  find(number: number): number | undefined {
    if (number < this.#first) return undefined;
    if (!this.#starts || this.#latest === -1) return number;
    const oldest = Math.max(0, this.#latest - RUNS + 1);
    for (let run = this.#latest; run >= oldest; run--) {
      if (this.#starts[run % RUNS]! > number) continue;
      const shift = this.#shifts![run % RUNS]!;
      return Number.isNaN(shift) ? undefined : number - shift;
    }
    return oldest === 0 ? number : undefined;
  }

  /** A run begins; what is left out has no shift. */
  #begin(start: number, omitting: boolean): void {
    this.#starts ??= new Float64Array(RUNS);
    this.#shifts ??= new Float64Array(RUNS);
    this.#latest++;
    this.#starts[this.#latest % RUNS] = start;
    this.#shifts[this.#latest % RUNS] = omitting ? Number.NaN : this.#omitted;
    this.#omitting = omitting;
  }
}
