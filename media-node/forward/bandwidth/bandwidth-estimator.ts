import type { TransportFeedback } from '@muon/wire/rtcp/transport-feedback.ts';
import { ArrivalRate } from './arrival-rate.ts';
import { DelayBasedRate } from './delay-based-rate.ts';
import { DelayVariation } from './delay-variation.ts';
import { FeedbackClock } from './feedback-clock.ts';
import { LossBasedRate } from './loss-based-rate.ts';
import { ProbeResult } from './probe-result.ts';
import { ProbeSchedule, type Probe } from './probe-schedule.ts';
import { QueueDelay } from './queue-delay.ts';
import { SentPacketLog } from './sent-packet-log.ts';
import { ServiceRate } from './service-rate.ts';
import { Trendline, type PathUse } from './trendline.ts';

/** Below this nothing but audio is left to save. */
const MIN_BPS = 30_000;

/** For the growth of the estimate; and, since all that arrives by then came through the narrow part, for its fall. */
const RATE_WINDOW_MS = 500;
const OVERUSED_WINDOW_MS = 200;

/** Delays that grow to less than this are jitter, as of a radio that holds packets back and lets all of them go at once. */
const MIN_QUEUE_MS = 40;

/** A queue as long as this has been made by more than the path carries, whatever the trend says of it yet. */
const CERTAIN_QUEUE_MS = 150;

/**
 * In one of this length the latest packets have waited for one another, and tell what the path carries; when that is so
 * small a share of what came before, the path has just become narrow.
 */
const CHOKED_QUEUE_MS = 60;
const CHOKED_SHARE = 0.6;

/** And has its time to drain once the rate was lowered. */
const DRAIN_MS = 1000;

/** The queue that a probe made has drained by then. */
const PROBE_ECHO_MS = 250;

/** Feedback that comes less often than this is no guide any more. */
const FEEDBACK_TIMEOUT_MS = 2000;

const INITIAL_RTT_MS = 100;
const RTT_WEIGHT = 0.125;

/**
 * How much a client can be sent over one connection, by the transport-wide feedback that it sends
 * (draft-ietf-rmcat-gcc-02): growing delays, losses and probes. Knows neither clock nor sockets.
 */
export class BandwidthEstimator {
  readonly #log: SentPacketLog;
  readonly #clock = new FeedbackClock();
  #variation = new DelayVariation();
  #trendline = new Trendline();
  #queue = new QueueDelay();
  readonly #arrivalRate = new ArrivalRate();
  #serviceRate = new ServiceRate();
  readonly #delayBased: DelayBasedRate;
  readonly #lossBased = new LossBasedRate(MIN_BPS);
  readonly #probes = new ProbeSchedule();
  #probe:
    | { readonly probe: Probe; readonly startedMs: number; sentBytes: number; readonly result: ProbeResult }
    | undefined;
  #probeEndedMs = -Infinity;
  #rttMs = INITIAL_RTT_MS;
  #feedbackMs: number | undefined;

  constructor({ startBps, firstSeq }: { readonly startBps: number; readonly firstSeq: number }) {
    this.#log = new SentPacketLog(firstSeq);
    this.#delayBased = new DelayBasedRate(startBps, MIN_BPS);
  }

  get estimateBps(): number {
    return Math.min(this.#delayBased.bps, this.#lossBased.limitBps);
  }

  /** When it last went down because queues grew or packets were lost; -Infinity for never. */
  get decreasedMs(): number {
    return Math.max(this.#delayBased.decreasedMs, this.#lossBased.decreasedMs);
  }

  /** Of the packets that feedback told of lately, from 0 to 1. */
  get lossFraction(): number {
    return this.#lossBased.lossFraction;
  }

  /** How long packets wait on the way, by the latest feedback. */
  get queueMs(): number {
    return this.#queue.currentMs;
  }

  /** Smoothed; a guess before the first measurement. */
  get rttMs(): number {
    return this.#rttMs;
  }

  /** Whether feedback comes, so that the estimate means something. */
  isGuided(nowMs: number): boolean {
    return this.#feedbackMs !== undefined && nowMs - this.#feedbackMs < FEEDBACK_TIMEOUT_MS;
  }

  /** A packet of this size on the wire is sent now: its transport-wide sequence number. */
  sent(sizeBytes: number, nowMs: number): number {
    const active = this.#probe;
    if (!active || active.sentBytes >= active.probe.sizeBytes) return this.#log.add(sizeBytes, nowMs, 0);
    active.sentBytes += sizeBytes;
    return this.#log.add(sizeBytes, nowMs, active.probe.id);
  }

  /** Begins probes; `wantedBps` is what would be sent if the estimate allowed it. */
  poll(wantedBps: number, nowMs: number): void {
    // The first feedback says whether there is any at all.
    if (!this.isGuided(nowMs)) return;
    const { estimateBps, decreasedMs: overusedMs } = this;
    const probe = this.#probes.poll({ estimateBps, wantedBps, overusedMs }, nowMs);
    if (probe) this.#probe = { probe, startedMs: nowMs, sentBytes: 0, result: new ProbeResult(probe.sizeBytes) };
    else if (this.#probe && !this.#probes.current) this.#endProbe(nowMs);
  }

  /** How many bytes are to be sent for a probe beyond what was sent, so that it has its rate until `untilMs`. */
  probeBytesDue(untilMs: number): number {
    if (!this.#probe) return 0;
    const { probe, startedMs, sentBytes } = this.#probe;
    return Math.max(0, Math.min(probe.sizeBytes, (probe.bps * (untilMs - startedMs)) / 8000) - sentBytes);
  }

  /** A round trip was measured by reports. */
  roundTrip(rttMs: number): void {
    this.#rttMs += (rttMs - this.#rttMs) * RTT_WEIGHT;
  }

  /** The client is elsewhere: what was sent to where it was is lost for no lack of bandwidth, and delays begin anew. */
  pathChanged(): void {
    this.#log.forget();
    this.#variation = new DelayVariation();
    this.#trendline = new Trendline();
    this.#queue = new QueueDelay();
    this.#serviceRate = new ServiceRate();
  }

  feedback(feedback: TransportFeedback, nowMs: number): void {
    this.#feedbackMs = nowMs;
    const referenceMs = this.#clock.unwrap(feedback.referenceUs) / 1000;
    const { baseSeq, arrivalsUs, referenceUs } = feedback;
    for (let i = 0; i < arrivalsUs.length; i++) {
      const us = arrivalsUs[i];
      const fate = this.#log.report((baseSeq + i) & 0xffff, us !== undefined);
      // One that came late was overtaken, or repeated: its delay is no queue's.
      if (fate === undefined || fate === 'late') continue;
      const { sentMs, sizeBytes, probe } = this.#log;
      this.#lossBased.add(sentMs, sizeBytes, us !== undefined);
      if (us !== undefined) this.#arrived(sentMs, referenceMs + (us - referenceUs) / 1000, sizeBytes, probe);
    }
    this.#update(nowMs);
  }

  #arrived(sentMs: number, arrivedMs: number, sizeBytes: number, probe: number): void {
    this.#arrivalRate.arrived(sizeBytes, arrivedMs);
    this.#queue.add(sentMs, arrivedMs);
    this.#serviceRate.arrived(sizeBytes, arrivedMs, this.#queue.currentMs);
    if (probe !== 0 && probe === this.#probe?.probe.id) this.#probe.result.arrived(sentMs, arrivedMs, sizeBytes);
    if (this.#variation.add(sentMs, arrivedMs))
      this.#trendline.add(this.#variation.variationMs, this.#variation.arrivedMs);
  }

  #update(nowMs: number): void {
    const probed = this.#probe?.result.bps;
    if (probed !== undefined) this.#take(probed, nowMs);
    const { queueMs } = this;
    const capacityBps = queueMs < CHOKED_QUEUE_MS ? undefined : this.#serviceRate.bps;
    const use = this.#pathUse(capacityBps, nowMs);
    const arrivedBps = this.#arrivedBps(use === 'over');
    this.#delayBased.update({ use, queueMs, arrivedBps, capacityBps, rttMs: this.#rttMs }, nowMs);
    if (this.#queue.standing && this.#delayBased.decreasedMs === nowMs) this.#queue.acted();
    this.#lossBased.update(nowMs);
  }

  #pathUse(capacityBps: number | undefined, nowMs: number): PathUse {
    const beforeBps = this.#arrivalRate.over(RATE_WINDOW_MS) ?? 0;
    const choked = capacityBps !== undefined && capacityBps < CHOKED_SHARE * beforeBps;
    if (this.#queue.standing || choked) return 'over';
    const grown = this.#queue.currentMs > CERTAIN_QUEUE_MS && nowMs - this.#delayBased.decreasedMs > DRAIN_MS;
    const use = grown ? 'over' : this.#trendline.use;
    if (use !== 'over') return use;
    // A probe that fills the path makes a queue, which says nothing of the rate that is sent otherwise.
    const echo = this.#probe !== undefined || nowMs - this.#probeEndedMs < PROBE_ECHO_MS;
    return echo || this.#queue.currentMs < MIN_QUEUE_MS ? 'under' : 'over';
  }

  #arrivedBps(overused: boolean): number | undefined {
    if (!overused) return this.#arrivalRate.over(RATE_WINDOW_MS);
    // The narrow part was never idle while packets waited for it: what came through then is all that it carries.
    if (this.queueMs >= CERTAIN_QUEUE_MS)
      return this.#arrivalRate.sinceSilence(Math.min(this.queueMs, OVERUSED_WINDOW_MS));
    const lately = this.#arrivalRate.sinceSilence(RATE_WINDOW_MS);
    const now = this.#arrivalRate.sinceSilence(OVERUSED_WINDOW_MS);
    return lately === undefined || now === undefined ? lately : Math.min(lately, now);
  }

  #take(probedBps: number, nowMs: number): void {
    if (this.#trendline.use === 'over') this.#delayBased.limit(probedBps);
    this.#delayBased.probed(probedBps);
    this.#lossBased.probed(probedBps);
    this.#probes.ended(probedBps, nowMs);
    this.#endProbe(nowMs);
  }

  #endProbe(nowMs: number): void {
    this.#probe = undefined;
    this.#probeEndedMs = nowMs;
  }
}
