import { SAMPLE_RATE } from './frame.ts';

/** Periods of the human voice, 50 to 250 Hz. */
const MIN_PERIOD = SAMPLE_RATE / 250;
const MAX_PERIOD = SAMPLE_RATE / 50;

/** How much sound is compared in the search for the period. */
const COMPARED = SAMPLE_RATE / 100;

const HISTORY = MAX_PERIOD + COMPARED;

/** After so long a guess is worse than silence. */
const FADE_SAMPLES = (SAMPLE_RATE * 60) / 1000;

/**
 * Stands in for sound that has not come: goes on with the last period of the voice and fades out (the idea of ITU-T
 * G.711 appendix I).
 */
export class Concealment {
  readonly #history = new Int16Array(HISTORY);
  /** How long it has been standing in; 0 while there is sound. */
  #missing = 0;
  #period = MIN_PERIOD;

  /** Remembers real sound; long or short pieces. */
  hear(sound: Int16Array): void {
    this.#missing = 0;
    const kept = sound.subarray(-HISTORY);
    this.#history.copyWithin(0, kept.length);
    this.#history.set(kept, HISTORY - kept.length);
  }

  /** Fills `gap` with what may have been there. */
  fill(gap: Int16Array): void {
    if (this.#missing === 0) this.#period = this.#findPeriod();
    for (let i = 0; i < gap.length; i++) {
      const gain = 1 - this.#missing / FADE_SAMPLES;
      gap[i] = gain > 0 ? gain * this.#history[HISTORY - this.#period + (this.#missing % this.#period)]! : 0;
      this.#missing++;
    }
  }

  /** The distance at which the last sound is most like itself. */
  #findPeriod(): number {
    const history = this.#history;
    let best = MIN_PERIOD;
    let bestLikeness = -Infinity;
    for (let period = MIN_PERIOD; period <= MAX_PERIOD; period++) {
      let product = 0;
      let energy = 1;
      for (let i = HISTORY - COMPARED; i < HISTORY; i++) {
        const earlier = history[i - period]!;
        product += history[i]! * earlier;
        energy += earlier * earlier;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness > bestLikeness) [best, bestLikeness] = [period, likeness];
    }
    return best;
  }
}
