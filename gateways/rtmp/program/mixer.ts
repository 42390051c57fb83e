import { SAMPLE_RATE, type Sound } from '../receive/audio-timeline.ts';
import type { AudioInput } from './audio-input.ts';
import { AAC_FRAME_SAMPLES } from './engine.ts';

/** The sum of all sounds, in frames of {@link AAC_FRAME_SAMPLES} on the program's timeline. */
export class Mixer {
  readonly #mix: Sound = {
    left: new Float32Array(AAC_FRAME_SAMPLES),
    right: new Float32Array(AAC_FRAME_SAMPLES),
  };
  #position: number;

  /** @param startMs where on its timeline the program begins. */
  constructor(startMs: number) {
    this.#position = Math.ceil((startMs * SAMPLE_RATE) / 1000 / AAC_FRAME_SAMPLES) * AAC_FRAME_SAMPLES;
  }

  /** The frames that are over by now; each is valid until the next. */
  *due(inputs: () => Iterable<AudioInput>, nowMs: number): Generator<{ readonly sound: Sound; readonly time: number }> {
    while (((this.#position + AAC_FRAME_SAMPLES) * 1000) / SAMPLE_RATE <= nowMs) {
      const time = this.#position;
      this.#mix.left.fill(0);
      this.#mix.right.fill(0);
      for (const input of inputs()) input.mixInto(this.#mix, time);
      limit(this.#mix.left);
      limit(this.#mix.right);
      this.#position += AAC_FRAME_SAMPLES;
      yield { sound: this.#mix, time };
    }
  }
}

/** Many loud voices at once are clipped rather than wrapped. */
function limit(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i += 1) {
    if (samples[i]! > 1) samples[i] = 1;
    else if (samples[i]! < -1) samples[i] = -1;
  }
}
