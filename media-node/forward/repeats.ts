import { resendIntervalMs } from './packet-history.ts';

/** So many of the latest requests are remembered. */
const SIZE = 64;

/** Which packets of one stream were sent again, so that none is sent too often. */
export class Repeats {
  readonly #seqs = new Int32Array(SIZE).fill(-1);
  readonly #repeatedMs = new Float64Array(SIZE);

  /** Whether to send the packet again now. */
  take(seq: number, nowMs: number, rttMs = 0): boolean {
    const place = seq % SIZE;
    if (this.#seqs[place] === seq && nowMs - this.#repeatedMs[place]! < resendIntervalMs(rttMs)) return false;
    this.#seqs[place] = seq;
    this.#repeatedMs[place] = nowMs;
    return true;
  }
}
