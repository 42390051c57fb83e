import { AudioTimeline, SAMPLE_RATE, type Sound } from '../receive/audio-timeline.ts';
import type { PlayoutClock } from '../receive/playout-clock.ts';
import type { OrderedPacket } from '../receive/reorder.ts';
import type { AudioDecoder } from './engine.ts';
import { TrackInput, type InputTally } from './track-input.ts';

export interface AudioInputOptions {
  readonly decoder: AudioDecoder;
  readonly clock: PlayoutClock;
  readonly tally: InputTally;
}

/** One sound of a participant: decoded when it comes, and kept where it belongs on the program's timeline. */
export class AudioInput extends TrackInput {
  readonly #decoder: AudioDecoder;
  readonly #timeline = new AudioTimeline();

  constructor({ decoder, clock, tally }: AudioInputOptions) {
    super(clock, tally);
    this.#decoder = decoder;
  }

  /** Adds this sound to the program's, from the sample `position` on. */
  mixInto(mix: Sound, position: number): void {
    this.#timeline.mixInto(mix, position);
  }

  close(): void {
    this.#decoder.close();
  }

  protected override take({ packet, arrivalMs }: OrderedPacket): void {
    // An Opus packet of no bytes stands for silence.
    if (packet.payload.length === 0) return;
    const sound = this.#decoder.decode(packet.payload);
    if (!sound) {
      this.tally.decodeFailures += 1;
      return;
    }
    const lateBefore = this.#timeline.late;
    const playAtMs = this.clock.playAtMs(packet.timestamp, arrivalMs);
    this.#timeline.write(sound, (playAtMs * SAMPLE_RATE) / 1000);
    this.tally.lateSamples += this.#timeline.late - lateBefore;
  }
}
