import { decodeTransportFeedback, encodeTransportFeedback } from '@muon/wire/rtcp/transport-feedback.ts';
import { seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { BandwidthEstimator } from './bandwidth-estimator.ts';

export interface LinkConditions {
  /** What the narrow part carries, and how long a queue it has before it drops. */
  bps: number;
  queueMs: number;
  /** Share of the packets that vanish at random, and of the feedback. */
  loss: number;
  feedbackLoss: number;
  /** Until when everything is held back at the moment, and how long each packet takes that is let go then. */
  stalledUntilMs: number;
  letGoMs: number;
}

/** How a source that the estimate limits behaves. */
export interface SourceConditions {
  /** Sends as much as the estimate allows, up to this. */
  maxBps: number;
  /** Such as layers: the source sends the highest of these that fits, or `maxBps`. */
  layersBps?: readonly number[];
  audioBps: number;
  /** Sends all that is due at once, so often; in every tick when absent. */
  framesPerSecond?: number;
}

const FEEDBACK_MS = 50;
const ONE_WAY_MS = 50;
const PACKET_BYTES = 1200;
const TICK_MS = 5;

interface UnderWay {
  readonly seq: number;
  readonly arrivesMs: number;
}

/** A sender, a narrow path with a queue, and a receiver that gives feedback: all in simulated time, and repeatable. */
export class SimulatedLink {
  readonly estimator: BandwidthEstimator;
  readonly link: LinkConditions;
  readonly source: SourceConditions = { maxBps: 10_000_000, audioBps: 0 };
  readonly #random: () => number;
  #nowMs = 1000;
  #freeMs = 0;
  #letGoMs = 0;
  #underWay: UnderWay[] = [];
  #arrivals = new Map<number, number>();
  #nextIndex: number | undefined;
  #highest = -Infinity;
  #count = 0;
  #nextFeedbackMs = 0;
  #debtBytes = 0;
  #audioDebtBytes = 0;
  #onTheWayBack: { readonly atMs: number; readonly bytes: Uint8Array }[] = [];
  #index: number;

  constructor(link: Partial<LinkConditions>, options: { seed?: number; firstSeq?: number; startBps?: number } = {}) {
    this.link = { bps: 1_000_000, queueMs: 300, loss: 0, feedbackLoss: 0, stalledUntilMs: 0, letGoMs: 0, ...link };
    this.#random = seeded(options.seed ?? 1);
    this.estimator = new BandwidthEstimator({
      startBps: options.startBps ?? 1_000_000,
      firstSeq: options.firstSeq ?? 0,
    });
    this.#index = options.firstSeq ?? 0;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How long a packet would wait now. */
  get queueMs(): number {
    return Math.max(0, this.#freeMs - this.#nowMs);
  }

  /** Lets time pass; `each` is called every 100 ms. */
  run(durationMs: number, each: (nowMs: number) => void = () => {}): void {
    const endMs = this.#nowMs + durationMs;
    for (let tick = 1; this.#nowMs < endMs; tick++) {
      this.#nowMs += TICK_MS;
      this.#send();
      this.#receive();
      if (tick % 20 === 0) each(this.#nowMs);
    }
  }

  /** Runs until the estimate is what is asked for; how long that took, or Infinity. */
  timeUntil(is: (estimateBps: number) => boolean, limitMs: number): number {
    const startedMs = this.#nowMs;
    while (this.#nowMs - startedMs < limitMs) {
      if (is(this.estimator.estimateBps)) return this.#nowMs - startedMs;
      this.run(100);
    }
    return Infinity;
  }

  /** The mean of the estimate over a time to come. */
  meanOver(durationMs: number): number {
    let sum = 0;
    let count = 0;
    this.run(durationMs, () => {
      sum += this.estimator.estimateBps;
      count++;
    });
    return sum / count;
  }

  #send(): void {
    const { estimator, source } = this;
    if (source.maxBps > 0) estimator.poll(source.maxBps, this.#nowMs);
    const fitting = source.layersBps?.findLast((bps) => bps <= estimator.estimateBps) ?? source.layersBps?.[0];
    const bps = fitting ?? Math.min(source.maxBps, estimator.estimateBps);
    this.#debtBytes += (bps * TICK_MS) / 8000;
    this.#audioDebtBytes += (source.audioBps * TICK_MS) / 8000;
    if (this.#frameIsDue())
      for (; this.#debtBytes >= PACKET_BYTES; this.#debtBytes -= PACKET_BYTES) this.#sendPacket(PACKET_BYTES);
    for (; this.#audioDebtBytes >= 120; this.#audioDebtBytes -= 120) this.#sendPacket(120);
    for (let due = estimator.probeBytesDue(this.#nowMs + TICK_MS); due > 0; due -= PACKET_BYTES) {
      this.#sendPacket(PACKET_BYTES);
    }
  }

  #frameIsDue(): boolean {
    const frameMs = 1000 / (this.source.framesPerSecond ?? Infinity);
    return this.#nowMs % frameMs < TICK_MS || frameMs === 0;
  }

  #sendPacket(sizeBytes: number): void {
    const { link } = this;
    this.estimator.sent(sizeBytes, this.#nowMs);
    const index = this.#index++;
    if (this.#random() < link.loss || this.queueMs > link.queueMs) return;
    this.#freeMs = Math.max(this.#freeMs, this.#nowMs) + (sizeBytes * 8000) / link.bps;
    const arrivesMs = Math.max(this.#freeMs + ONE_WAY_MS, link.stalledUntilMs, this.#letGoMs);
    // Those that were held back make a queue of their own until all of them are through.
    if (arrivesMs > this.#freeMs + ONE_WAY_MS) this.#letGoMs = arrivesMs + link.letGoMs;
    this.#underWay.push({ seq: index, arrivesMs });
  }

  #receive(): void {
    const arrived = this.#underWay.filter(({ arrivesMs }) => arrivesMs <= this.#nowMs);
    if (arrived.length > 0) this.#underWay = this.#underWay.filter(({ arrivesMs }) => arrivesMs > this.#nowMs);
    for (const { seq, arrivesMs } of arrived) {
      this.#arrivals.set(seq, arrivesMs);
      this.#nextIndex ??= seq;
      this.#highest = Math.max(this.#highest, seq);
    }
    if (this.#nowMs >= this.#nextFeedbackMs && this.#arrivals.size > 0) this.#giveFeedback();
    const { estimator } = this;
    while (this.#onTheWayBack[0] && this.#onTheWayBack[0].atMs <= this.#nowMs) {
      const { bytes } = this.#onTheWayBack.shift()!;
      const padding = bytes[0]! & 0x20 ? bytes.at(-1)! : 0;
      estimator.feedback(decodeTransportFeedback(bytes.subarray(0, bytes.length - padding)), this.#nowMs);
    }
  }

  #giveFeedback(): void {
    this.#nextFeedbackMs = this.#nowMs + FEEDBACK_MS;
    const arrivalsUs: (number | undefined)[] = [];
    const first = this.#nextIndex!;
    for (let index = first; index <= this.#highest; index++) {
      const ms = this.#arrivals.get(index);
      arrivalsUs.push(ms === undefined ? undefined : Math.round(ms * 1000));
    }
    this.#nextIndex = this.#highest + 1;
    this.#arrivals.clear();
    const bytes = encodeTransportFeedback(1, 2, this.#count++, { baseSeq: first & 0xffff, arrivalsUs });
    if (this.#random() >= this.link.feedbackLoss) this.#onTheWayBack.push({ atMs: this.#nowMs + ONE_WAY_MS, bytes });
  }
}
