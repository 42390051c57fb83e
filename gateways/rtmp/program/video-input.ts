import type { PlayoutClock } from '../receive/playout-clock.ts';
import type { OrderedPacket } from '../receive/reorder.ts';
import { Vp8Frames, type CodedFrame } from '../receive/vp8-frames.ts';
import type { Picture } from './canvas.ts';
import type { VideoDecoder } from './engine.ts';
import { TrackInput, type InputTally } from './track-input.ts';

/** More frames than this do not wait: four seconds, far more than the playout delay. */
const MAX_WAITING = 120;

/** The shortest time between two requests for a keyframe. */
const KEYFRAME_INTERVAL_MS = 1000;

export interface VideoInputOptions {
  readonly decoder: VideoDecoder;
  readonly clock: PlayoutClock;
  readonly tally: InputTally;
  readonly requestKeyframe: () => void;
}

/** One video of a participant: frames wait for their time, then are decoded in order; the last one is the picture. */
export class VideoInput extends TrackInput {
  readonly #decoder: VideoDecoder;
  readonly #requestKeyframe: () => void;
  readonly #frames = new Vp8Frames();
  #waiting: { readonly frame: CodedFrame; readonly playAtMs: number }[] = [];
  #keyframeRequestedMs = -Infinity;
  #decodable = true;

  constructor({ decoder, clock, tally, requestKeyframe }: VideoInputOptions) {
    super(clock, tally);
    this.#decoder = decoder;
    this.#requestKeyframe = requestKeyframe;
  }

  /** Of the picture; undefined until there is one. */
  get size(): { readonly width: number; readonly height: number } | undefined {
    return this.#decoder.size;
  }

  /** Decodes what is due; tells whether the picture changed. */
  advance(nowMs: number): boolean {
    this.poll(nowMs);
    let changed = false;
    while (this.#waiting[0] && this.#waiting[0].playAtMs <= nowMs) {
      changed = this.#decode(this.#waiting.shift()!.frame) || changed;
    }
    if (this.#frames.needsKeyframe || !this.#decodable) this.#wantKeyframe(nowMs);
    return changed;
  }

  /** The picture at another, even size. */
  draw(width: number, height: number): Picture | undefined {
    return this.#decoder.draw(width, height);
  }

  close(): void {
    this.#decoder.close();
  }

  protected override take(ordered: OrderedPacket): void {
    const frame = this.#frames.push(ordered);
    if (!frame) return;
    if (this.#waiting.length >= MAX_WAITING) this.#giveUpWaiting();
    this.#waiting.push({ frame, playAtMs: this.clock.playAtMs(frame.timestamp, frame.arrivalMs) });
  }

  #decode(frame: CodedFrame): boolean {
    if (frame.keyframe) this.#decodable = true;
    if (!this.#decodable) return false;
    if (this.#decoder.decode(frame.data)) return true;
    this.tally.decodeFailures += 1;
    this.#decodable = false;
    return false;
  }

  #giveUpWaiting(): void {
    this.#waiting = [];
    this.#decodable = false;
  }

  #wantKeyframe(nowMs: number): void {
    if (nowMs - this.#keyframeRequestedMs < KEYFRAME_INTERVAL_MS) return;
    this.#keyframeRequestedMs = nowMs;
    this.#requestKeyframe();
  }
}
