import { FRAME_SAMPLES } from './frame.ts';

/**
 * Sums one frame of everybody; each listener then hears the sum, or the sum without themselves. Sums keep 32 bits, so
 * that only what is heard is clipped and never what is subtracted from.
 */
export class Mixer {
  readonly #sum = new Int32Array(FRAME_SAMPLES);

  /** Begins the next frame. */
  clear(): void {
    this.#sum.fill(0);
  }

  add(frame: Int16Array): void {
    for (let i = 0; i < FRAME_SAMPLES; i++) this.#sum[i]! += frame[i]!;
  }

  /** Writes what a listener hears into `heard`; `own` is what that listener added, if anything. */
  writeTo(heard: Int16Array, own?: Int16Array): void {
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      const sample = this.#sum[i]! - (own?.[i] ?? 0);
      heard[i] = sample > 32_767 ? 32_767 : sample < -32_768 ? -32_768 : sample;
    }
  }
}
