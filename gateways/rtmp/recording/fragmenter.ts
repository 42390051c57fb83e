import { fragment, type Sample, type SampleRun } from '@muon/wire/fmp4/fragment.ts';
import { AUDIO_TRACK_ID, initSegment, VIDEO_TIMESCALE, VIDEO_TRACK_ID } from '@muon/wire/fmp4/init.ts';
import type { ProgramSample, ProgramTracks } from '../program/messages.ts';

/** So much of a recording is lost when the gateway dies; each fragment costs about 200 bytes. */
const FRAGMENT_SECONDS = 1;

/** A fragment is cut before it holds more, whatever its samples say of their time. */
const MAX_FRAGMENT_BYTES = 8 * 1024 * 1024;
const MAX_FRAGMENT_SAMPLES = 1000;

/** Samples of AAC-LC in a frame. */
const AUDIO_FRAME = 1024;

/** A sample's duration has 32 bits, and players count with signed ones. */
const MAX_DURATION = 2 ** 31 - 1;

/** Samples that go into the next fragment; times count from the start of the file. */
type Pending = Sample & { readonly decodeTime: number };

/**
 * Makes one fragmented MP4 of a program: its timeline begins at 0 with the first keyframe. A file that ends after any
 * fragment is whole.
 */
export class Fragmenter {
  /** What the file begins with. */
  readonly init: Uint8Array;
  readonly #tracks: ProgramTracks;
  readonly #video: Pending[] = [];
  #audio: Pending[] = [];
  /** The newest picture: how long it lasts is known when the next one comes. */
  #newest: ProgramSample | undefined;
  /** Where on the program's timeline the file begins. */
  #base: number | undefined;
  #resumes = false;
  #audioEnd = 0;
  #pendingBytes = 0;
  #sequence = 0;

  constructor(tracks: ProgramTracks) {
    this.#tracks = tracks;
    this.init = initSegment(tracks.video, tracks.audio);
  }

  /** Whether a program of these tracks can go on in the same file. */
  fits({ video, audio }: ProgramTracks): boolean {
    return Buffer.compare(this.init, initSegment(video, audio)) === 0;
  }

  /** The program begins again, with a keyframe. */
  resume(): void {
    this.#resumes = true;
  }

  /** The next picture; gives a fragment when one is whole. What cannot be shown or comes too late is left out. */
  video(sample: ProgramSample): Uint8Array | undefined {
    if (!isUsable(sample) || ((this.#resumes || this.#base === undefined) && !sample.keyframe)) return undefined;
    this.#base ??= sample.decodeTime;
    if (this.#resumes) this.#align(sample);
    const newest = this.#newest;
    if (newest && sample.decodeTime <= newest.decodeTime) return undefined;
    if (newest) this.#place(newest, sample.decodeTime - newest.decodeTime);
    this.#newest = sample;
    return this.#isDue(sample) ? this.#cut() : undefined;
  }

  /** The next AAC frame; gives a fragment only when pictures fail to come. */
  audio(sample: ProgramSample): Uint8Array | undefined {
    if (!isUsable(sample) || this.#base === undefined || this.#resumes) return undefined;
    const { sampleRate } = this.#tracks.audio;
    const decodeTime = sample.decodeTime - Math.round((this.#base * sampleRate) / VIDEO_TIMESCALE);
    if (decodeTime < this.#audioEnd) return undefined;
    this.#audio.push({ data: sample.data, decodeTime, duration: AUDIO_FRAME, keyframe: true });
    this.#audioEnd = decodeTime + AUDIO_FRAME;
    this.#pendingBytes += sample.data.length;
    return this.#isFull ? this.#cut() : undefined;
  }

  /** What is left; nothing follows. */
  end(): Uint8Array | undefined {
    if (this.#newest) this.#place(this.#newest, VIDEO_TIMESCALE / this.#tracks.video.frameRate);
    this.#newest = undefined;
    return this.#cut();
  }

  /** A clock that was set back while the program was away must not hold up the file. */
  #align({ decodeTime }: ProgramSample): void {
    this.#resumes = false;
    const end = this.#newest && this.#newest.decodeTime + VIDEO_TIMESCALE / this.#tracks.video.frameRate;
    if (end === undefined || decodeTime >= end) return;
    this.#place(this.#newest!, end - this.#newest!.decodeTime);
    this.#newest = undefined;
    this.#base! -= end - decodeTime;
  }

  #place({ data, keyframe, decodeTime }: ProgramSample, duration: number): void {
    const lasts = Math.min(MAX_DURATION, Math.round(duration));
    this.#video.push({ data, keyframe, decodeTime: decodeTime - this.#base!, duration: lasts });
    this.#pendingBytes += data.length;
  }

  /** A picture that is decoded by itself begins a fragment, where players may begin, too. */
  #isDue({ decodeTime, keyframe }: ProgramSample): boolean {
    const [first] = this.#video;
    if (!first) return false;
    return (
      keyframe || this.#isFull || decodeTime - this.#base! - first.decodeTime >= FRAGMENT_SECONDS * VIDEO_TIMESCALE
    );
  }

  get #isFull(): boolean {
    return this.#pendingBytes > MAX_FRAGMENT_BYTES || this.#video.length + this.#audio.length > MAX_FRAGMENT_SAMPLES;
  }

  #cut(): Uint8Array | undefined {
    const [first] = this.#video;
    const video: SampleRun[] = first
      ? [{ trackId: VIDEO_TRACK_ID, decodeTime: first.decodeTime, samples: this.#video }]
      : [];
    const runs = [...video, ...contiguous(this.#audio)];
    if (runs.length === 0) return undefined;
    this.#sequence += 1;
    const bytes = fragment(this.#sequence, runs);
    this.#video.length = 0;
    this.#audio = [];
    this.#pendingBytes = 0;
    return bytes;
  }
}

/** Times that cannot be written would make the whole file unreadable. */
function isUsable({ decodeTime, data }: ProgramSample): boolean {
  return data.length > 0 && Number.isSafeInteger(decodeTime) && decodeTime >= 0;
}

/** A run says when it begins, and how long each of its samples lasts: where sound is missing, a new one begins. */
function contiguous(samples: readonly Pending[]): SampleRun[] {
  const runs: { trackId: number; decodeTime: number; samples: Pending[] }[] = [];
  for (const sample of samples) {
    const last = runs.at(-1);
    if (last && last.decodeTime + last.samples.length * AUDIO_FRAME === sample.decodeTime) last.samples.push(sample);
    else runs.push({ trackId: AUDIO_TRACK_ID, decodeTime: sample.decodeTime, samples: [sample] });
  }
  return runs;
}
