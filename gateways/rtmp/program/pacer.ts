/** A picture whose time has come. */
export interface DuePicture {
  /** On the program's timeline, in ticks of 1/90000 s. */
  readonly time: number;
  readonly keyframe: boolean;
}

/** A segment begins with a keyframe; players want them of one length. */
export const SEGMENT_SECONDS = 2;

/** No picture is shown for longer, even if the program was held up: parts of a segment depend on it. */
const MAX_GAP_SECONDS = 0.2;

const TICKS_PER_SECOND = 90_000;

/** When pictures are due. Those that are late are left out, but for some that keep the gap small. */
export class Pacer {
  readonly #frameRate: number;
  readonly #maxStep: number;
  readonly #keyframeEvery: number;
  #next: number;
  #nextKeyframe: number;

  /** @param startMs where on its timeline the program begins. */
  constructor(frameRate: number, startMs: number) {
    this.#frameRate = frameRate;
    this.#maxStep = Math.max(1, Math.floor(frameRate * MAX_GAP_SECONDS));
    this.#keyframeEvery = frameRate * SEGMENT_SECONDS;
    this.#next = Math.ceil((startMs * frameRate) / 1000);
    this.#nextKeyframe = this.#next;
  }

  /** When the next picture is due. */
  get deadlineMs(): number {
    return (this.#next * 1000) / this.#frameRate;
  }

  /** The pictures due by now: one, none, or after a delay as few as will do. */
  *due(nowMs: number): Generator<DuePicture> {
    const last = Math.floor((nowMs * this.#frameRate) / 1000 + 1e-6);
    while (this.#next <= last) {
      const index = Math.min(this.#next - 1 + this.#maxStep, last);
      const keyframe = index >= this.#nextKeyframe;
      while (this.#nextKeyframe <= index) this.#nextKeyframe += this.#keyframeEvery;
      this.#next = index + 1;
      yield { time: Math.round((index * TICKS_PER_SECOND) / this.#frameRate), keyframe };
    }
  }
}
