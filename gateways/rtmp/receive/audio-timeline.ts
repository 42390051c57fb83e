export const SAMPLE_RATE = 48_000;

/** Sound in two channels of equal length, at {@link SAMPLE_RATE}, from -1 to 1. */
export interface Sound {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** How far ahead sound may be placed. */
const CAPACITY = 2 * SAMPLE_RATE;

/** Sound that belongs further than this from where the last ended is placed anew: after a pause, or over what is there. */
const MAX_DRIFT = SAMPLE_RATE / 25;

/** By so many samples of a packet's 960 the sound is stretched to follow its clock: 0.4 % is not heard. */
const MAX_STRETCH = 4;

/** Sound that is placed anew is blended in over so many samples, so that nothing clicks. */
const FADE = SAMPLE_RATE / 200;

/** One track's sound on the program's timeline, counted in samples: written ahead, read once. */
export class AudioTimeline {
  readonly #left = new Float32Array(CAPACITY);
  readonly #right = new Float32Array(CAPACITY);
  #readTo = 0;
  #writtenTo: number | undefined;
  #late = 0;

  /** How many samples came after their time. */
  get late(): number {
    return this.#late;
  }

  /** Places sound so that it begins at `position`, or follows what is there if it is meant to. */
  write({ left, right }: Sound, position: number): void {
    const drift = this.#writtenTo === undefined ? Infinity : Math.round(position - this.#writtenTo);
    const follows = Math.abs(drift) <= MAX_DRIFT;
    const start = follows ? this.#writtenTo! : Math.round(position);
    const length = left.length + (follows ? Math.max(-MAX_STRETCH, Math.min(MAX_STRETCH, drift)) : 0);
    if (start + length > this.#readTo + CAPACITY) return;
    const fade = follows ? 0 : FADE;
    this.#place(left, this.#left, { start, length, fade });
    this.#place(right, this.#right, { start, length, fade });
    this.#late += Math.min(length, Math.max(0, this.#readTo - start));
    this.#writtenTo = start + length;
  }

  /** Adds the sound from `position` on to `mix`, and forgets it. */
  mixInto(mix: Sound, position: number): void {
    for (let i = 0; i < mix.left.length; i += 1) {
      const at = (position + i) % CAPACITY;
      mix.left[i]! += this.#left[at]!;
      mix.right[i]! += this.#right[at]!;
      this.#left[at] = 0;
      this.#right[at] = 0;
    }
    this.#readTo = position + mix.left.length;
  }

  /** `source`, stretched to `length`, from `start` on; what is past already is left out. */
  #place(source: Float32Array, target: Float32Array, { start, length, fade }: Placement): void {
    const step = source.length / length;
    for (let i = Math.max(0, this.#readTo - start); i < length; i += 1) {
      const at = i * step;
      const before = Math.floor(at);
      const here = source[before]!;
      const sample = here + ((source[before + 1] ?? here) - here) * (at - before);
      const slot = (start + i) % CAPACITY;
      target[slot] = i < fade ? target[slot]! + ((sample - target[slot]!) * i) / fade : sample;
    }
  }
}

interface Placement {
  readonly start: number;
  readonly length: number;
  readonly fade: number;
}
