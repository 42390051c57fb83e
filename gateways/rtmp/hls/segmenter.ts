import { fragment, type Sample } from '@muon/wire/fmp4/fragment.ts';
import { AUDIO_TRACK_ID, initSegment, VIDEO_TIMESCALE, VIDEO_TRACK_ID } from '@muon/wire/fmp4/init.ts';
import type { ProgramSample, ProgramTracks } from '../program/messages.ts';

/** A partial segment: one fragment. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly durationSeconds: number;
  /** Whether it begins with a keyframe. */
  readonly independent: boolean;
}

/** What a player needs before the segments that name it. */
export interface InitMap {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Segment {
  /** Media sequence number. */
  readonly msn: number;
  readonly map: InitMap;
  /** How many discontinuities precede it since the stream began, its own included. */
  readonly discontinuitySequence: number;
  /** On the program's timeline. */
  readonly startMs: number;
  readonly parts: readonly Part[];
  readonly complete: boolean;
}

export interface SegmenterOptions {
  /** Of the first segment; later lives of a stream start higher. */
  readonly firstMsn: number;
  readonly firstDiscontinuitySequence: number;
}

/** How many whole segments are kept: those in the playlist, and some for players that are late. */
const KEPT_SEGMENTS = 10;

/** A third of a second: less makes players unstable, more is felt as delay. */
const PARTS_PER_SECOND = 3;

/** Samples of AAC-LC in a frame. */
const AUDIO_SAMPLE_DURATION = 1024;

interface OpenSegment extends Segment {
  readonly parts: Part[];
  complete: boolean;
}

type VideoSample = Sample & { readonly decodeTime: number };

/** Cuts a program into segments and parts of about a third of a second; both are made of the same bytes. */
export class Segmenter {
  readonly #segments: OpenSegment[] = [];
  #nextMsn: number;
  #discontinuitySequence: number;
  #map: InitMap | undefined;
  #fragmentCount = 0;
  #frameDuration = 0;
  #partFrames = 1;
  #pending: VideoSample[] = [];
  /** The newest picture: how long it lasts is known when the next one comes. */
  #newest: ProgramSample | undefined;
  #audio: ProgramSample[] = [];

  constructor({ firstMsn, firstDiscontinuitySequence }: SegmenterOptions) {
    this.#nextMsn = firstMsn;
    this.#discontinuitySequence = firstDiscontinuitySequence;
  }

  /** All that are kept, oldest first; the last may be incomplete. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** No part is longer. */
  get partTargetSeconds(): number {
    return (this.#partFrames * this.#frameDuration) / VIDEO_TIMESCALE;
  }

  /** A program begins, or begins again after its process died. */
  open({ video, audio }: ProgramTracks): void {
    this.end();
    if (this.#map) this.#discontinuitySequence += 1;
    this.#map = { name: `init-${this.#discontinuitySequence}.mp4`, bytes: initSegment(video, audio) };
    this.#frameDuration = VIDEO_TIMESCALE / video.frameRate;
    this.#partFrames = Math.max(1, Math.round(video.frameRate / PARTS_PER_SECOND));
  }

  /** Takes the next picture; tells whether a part or segment is ready by it. */
  video(sample: ProgramSample): boolean {
    const before = this.#fragmentCount;
    if (this.#newest) this.#place(this.#newest, sample.decodeTime - this.#newest.decodeTime);
    if (sample.keyframe) {
      this.#closeSegment();
      this.#openSegment(sample);
    }
    // What follows no keyframe cannot be shown.
    this.#newest = this.#current ? sample : undefined;
    return this.#fragmentCount !== before || sample.keyframe;
  }

  audio(sample: ProgramSample): void {
    if (this.#current) this.#audio.push(sample);
  }

  /** Completes what is begun. */
  end(): void {
    if (this.#newest) this.#place(this.#newest, this.#frameDuration);
    this.#closeSegment();
    this.#newest = undefined;
    this.#audio = [];
  }

  get #current(): OpenSegment | undefined {
    const last = this.#segments.at(-1);
    return last?.complete === false ? last : undefined;
  }

  /** Adds a picture to the part, and cuts the part before it would grow beyond its target. */
  #place({ data, keyframe, decodeTime }: ProgramSample, duration: number): void {
    // Times are whole ticks, frame durations need not be.
    const target = this.#partFrames * this.#frameDuration + 1;
    const start = this.#pending[0]?.decodeTime ?? decodeTime;
    if (decodeTime + duration - start > target) this.#cutPart();
    this.#pending.push({ data, keyframe, decodeTime, duration: Math.round(duration) });
    if (decodeTime + duration + this.#frameDuration - this.#pending[0]!.decodeTime > target) this.#cutPart();
  }

  #cutPart(): void {
    const [first] = this.#pending;
    const segment = this.#current;
    if (!first || !segment) return;
    this.#fragmentCount += 1;
    segment.parts.push({
      bytes: fragment(this.#fragmentCount, [
        { trackId: VIDEO_TRACK_ID, decodeTime: first.decodeTime, samples: this.#pending },
        { trackId: AUDIO_TRACK_ID, decodeTime: this.#audio[0]?.decodeTime ?? 0, samples: this.#audio.map(toSample) },
      ]),
      durationSeconds: this.#pending.reduce((sum, { duration }) => sum + duration, 0) / VIDEO_TIMESCALE,
      independent: first.keyframe,
    });
    this.#pending = [];
    this.#audio = [];
  }

  #openSegment({ decodeTime }: ProgramSample): void {
    if (!this.#map) return;
    this.#segments.push({
      msn: this.#nextMsn++,
      map: this.#map,
      discontinuitySequence: this.#discontinuitySequence,
      startMs: (decodeTime * 1000) / VIDEO_TIMESCALE,
      parts: [],
      complete: false,
    });
    if (this.#segments.length > KEPT_SEGMENTS + 1) this.#segments.shift();
  }

  #closeSegment(): void {
    this.#cutPart();
    const segment = this.#current;
    if (segment) segment.complete = true;
  }
}

function toSample({ data }: ProgramSample): Sample {
  return { data, duration: AUDIO_SAMPLE_DURATION, keyframe: true };
}
