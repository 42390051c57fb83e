/** From when to when packets count, by when they were sent, on the clock of `performance.now()`. */
export class MeasuredTime {
  #fromMs = Infinity;
  #toMs = Infinity;

  begin(nowMs: number): void {
    this.#fromMs = nowMs;
  }

  end(nowMs: number): void {
    this.#toMs = nowMs;
  }

  has(sentMs: number): boolean {
    return sentMs >= this.#fromMs && sentMs < this.#toMs;
  }

  get seconds(): number {
    return (this.#toMs - this.#fromMs) / 1000;
  }
}
