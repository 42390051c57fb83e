/** A packet asked for twice within this time is sent once: the first copy is still on its way. */
const MIN_REPEAT_MS = 15;

/** So many of the latest requests are remembered. */
const SIZE = 64;

/** Which packets of one stream were sent again, so that none is sent too often. */
export class Repeats {
  readonly #seqs = new Int32Array(SIZE).fill(-1);
  readonly #repeatedMs = new Float64Array(SIZE);

  /** Whether to send the packet again now. */
  take(seq: number, nowMs: number): boolean {
    const place = seq % SIZE;
    if (this.#seqs[place] === seq && nowMs - this.#repeatedMs[place]! < MIN_REPEAT_MS) return false;
    this.#seqs[place] = seq;
    this.#repeatedMs[place] = nowMs;
    return true;
  }
}
