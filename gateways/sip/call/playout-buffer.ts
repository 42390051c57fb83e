import { Concealment } from './concealment.ts';
import { SAMPLE_RATE } from './frame.ts';

/** A power of two, so that a position's place in the ring is a mask away; a second of sound. */
const CAPACITY = 8192;

const ms = SAMPLE_RATE / 1000;

/** Sound that is held back at the start, against the jitter of the first packets. */
const INITIAL_DELAY = 40 * ms;

/** Sound that may always wait: less than a frame, so it is no delay that could be saved. */
const SPARE = 20 * ms;

/** After so long without sound a stream has paused, and begins anew. */
const PAUSE = 200 * ms;

/** Delay that nothing needed for so long is given up. */
const SHRINK_INTERVAL = SAMPLE_RATE;

/** Over which a cut is blended. */
const BLEND = 10 * ms;

/** What became of the sound, in samples. */
export interface PlayoutTally {
  readonly played: number;
  /** Made up, since it had not come. */
  readonly concealed: number;
  /** Came when it was no longer wanted. */
  readonly late: number;
}

/**
 * Turns packets that come whenever they come into an even stream (a jitter buffer). Its delay adapts: it grows by as
 * much as a packet is late, and what a second did not need is cut out again, half at a time. Positions are counts of
 * samples that do not wrap ({@link Timeline}).
 */
export class PlayoutBuffer {
  readonly #ring = new Int16Array(CAPACITY);
  readonly #present = new Uint8Array(CAPACITY);
  readonly #concealment = new Concealment();
  readonly #tally = { played: 0, concealed: 0, late: 0 };
  /** Where playing is, and where the newest sound ends. */
  #head = 0;
  #end = 0;
  #state: 'empty' | 'filling' | 'playing' = 'empty';
  /** How long it has been waiting for sound at the head. */
  #starved = 0;
  /** The least that waited since the delay was last looked at, and how long ago that was. */
  #leastWaiting = Infinity;
  #sinceShrink = 0;

  get tally(): PlayoutTally {
    return this.#tally;
  }

  /** How much sound waits, in samples. */
  get waiting(): number {
    return this.#state === 'empty' ? 0 : this.#end - this.#head;
  }

  /** Takes the sound of a packet, in whatever order packets come. */
  write(position: number, sound: Int16Array): void {
    if (sound.length > CAPACITY / 2) return;
    const jumped = position + sound.length - this.#head > CAPACITY || position < this.#head - CAPACITY;
    if (this.#state === 'empty' || jumped) this.#restart(position);
    const late = Math.min(sound.length, Math.max(0, this.#head - position));
    this.#tally.late += late;
    for (let i = late; i < sound.length; i++) {
      const at = (position + i) & (CAPACITY - 1);
      this.#ring[at] = sound[i]!;
      this.#present[at] = 1;
    }
    this.#end = Math.max(this.#end, position + sound.length);
  }

  /** Gives the next piece, as long as `heard`; false when there is only silence. */
  read(heard: Int16Array): boolean {
    if (this.#state === 'filling' && this.waiting >= INITIAL_DELAY) this.#state = 'playing';
    if (this.#state !== 'playing') {
      heard.fill(0);
      return false;
    }
    if (this.#starved > 0) this.#skipGap();
    if (this.waiting < heard.length) this.#starve(heard);
    else this.#play(heard);
    return true;
  }

  #restart(position: number): void {
    this.#present.fill(0);
    this.#head = position;
    this.#end = position;
    this.#state = 'filling';
    this.#starved = 0;
    this.#leastWaiting = Infinity;
    this.#sinceShrink = 0;
  }

  /** Waits with the head where it is: sound that is merely late is then still played. */
  #starve(heard: Int16Array): void {
    this.#conceal(heard);
    this.#leastWaiting = 0;
    this.#starved += heard.length;
    if (this.#starved >= PAUSE) this.#state = 'empty';
  }

  /** Sound that was lost, and not late, is not waited for twice. */
  #skipGap(): void {
    while (this.#starved > 0 && this.#head < this.#end && !this.#present[this.#head & (CAPACITY - 1)]) {
      this.#head++;
      this.#starved--;
    }
    if (this.#head < this.#end) this.#starved = 0;
  }

  #play(heard: Int16Array): void {
    const excess = this.#excess(heard.length);
    if (excess > 0) this.#blendOver(excess);
    for (let from = 0; from < heard.length;) from = this.#playRun(heard, from);
    this.#leastWaiting = Math.min(this.#leastWaiting, this.waiting);
  }

  /** Plays from the head as far as all samples are present, or all are missing. */
  #playRun(heard: Int16Array, from: number): number {
    const present = this.#present[this.#head & (CAPACITY - 1)];
    let to = from;
    for (; to < heard.length; to++) {
      const at = this.#head & (CAPACITY - 1);
      if (this.#present[at] !== present) break;
      heard[to] = this.#ring[at]!;
      this.#present[at] = 0;
      this.#head++;
    }
    const run = heard.subarray(from, to);
    if (present) {
      this.#concealment.hear(run);
      this.#tally.played += run.length;
    } else this.#conceal(run);
    return to;
  }

  #conceal(gap: Int16Array): void {
    this.#concealment.fill(gap);
    this.#tally.concealed += gap.length;
  }

  /** How much to cut now: once in an interval, half of what was never needed in it. */
  #excess(length: number): number {
    this.#sinceShrink += length;
    if (this.#sinceShrink < SHRINK_INTERVAL) return 0;
    const unneeded = this.#leastWaiting - SPARE;
    this.#sinceShrink = 0;
    this.#leastWaiting = Infinity;
    return unneeded < BLEND ? 0 : Math.max(BLEND, Math.floor(unneeded / 2));
  }

  /** Moves the head on by `samples`, blending what would have come into what comes. */
  #blendOver(samples: number): void {
    const blended = Math.min(BLEND, this.waiting - samples);
    for (let i = 0; i < blended; i++) {
      const before = (this.#head + i) & (CAPACITY - 1);
      const after = (this.#head + samples + i) & (CAPACITY - 1);
      const share = i / blended;
      if (this.#present[before] && this.#present[after])
        this.#ring[after] = (1 - share) * this.#ring[before]! + share * this.#ring[after]!;
    }
    for (let i = 0; i < samples; i++) this.#present[this.#head++ & (CAPACITY - 1)] = 0;
  }
}
