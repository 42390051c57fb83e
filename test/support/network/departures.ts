/** Timers wake up late rather than early, so what is due within this goes out at once. */
const EARLY_MS = 0.5;

interface Departure {
  readonly atMs: number;
  readonly run: () => void;
}

/** Does things at their times, in the order of these times; good to about a millisecond. */
export class Departures {
  readonly #waiting: Departure[] = [];
  #timer: NodeJS.Timeout | undefined;

  add(atMs: number, run: () => void): void {
    let place = this.#waiting.length;
    while (place > 0 && this.#waiting[place - 1]!.atMs > atMs) place--;
    this.#waiting.splice(place, 0, { atMs, run });
    if (place === 0) this.#leave();
  }

  #leave(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const next = this.#waiting[0];
      if (!next) return;
      const leftMs = next.atMs - performance.now();
      if (leftMs > EARLY_MS) {
        this.#timer = setTimeout(() => this.#leave(), leftMs);
        return;
      }
      this.#waiting.shift();
      next.run();
    }
  }
}
