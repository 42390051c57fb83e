/** Acts at once, then at most once an interval: what is asked for meanwhile is done once at its end. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #act: () => void;
  #timer: NodeJS.Timeout | undefined;
  #again = false;

  constructor(intervalMs: number, act: () => void) {
    this.#intervalMs = intervalMs;
    this.#act = act;
  }

  request(): void {
    if (this.#timer) {
      this.#again = true;
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#again) this.request();
    }, this.#intervalMs);
    this.#again = false;
    this.#act();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#again = false;
  }
}
