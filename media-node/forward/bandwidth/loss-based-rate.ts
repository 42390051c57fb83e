/** One observation lasts this long and has so many packets at least. */
const OBSERVATION_MS = 250;
const MIN_PACKETS = 10;

/** So many observations count, each less than the next. */
const OBSERVATIONS = 16;
const AGEING = 0.9;

/** Loss below this is nobody's fault. */
const TOLERATED_LOSS = 0.02;

/** Loss that a path may have at any rate, as radio does; more than that is blamed on the rate. */
const MAX_INHERENT_LOSS = 0.2;

/** When more than this is lost at once, the path has changed, and what was before is no guide. */
const CHANGED_LOSS = 0.3;

/** How much likelier congestion must be than inherent loss, as the logarithm of the ratio. */
const MARGIN = 4;

/** The rates that are tried as the capacity lie so far apart. */
const CANDIDATE_STEP = 1.06;
const CANDIDATES = 40;

/** Below the capacity that losses tell of, so that they end; growth afterwards, per observation. */
const BACKOFF = 0.95;
const GROWTH = 1.04;

/** How much the latest observation changes the loss that is told. */
const LOSS_WEIGHT = 0.25;

interface Observation {
  readonly sentBps: number;
  readonly packets: number;
  readonly lost: number;
}

/**
 * The rate at which packets begin to be lost. Where draft-ietf-rmcat-gcc-02 section 6 lowers the rate whenever a tenth
 * is lost, this asks which explanation is likelier: a path that loses a share of the packets whatever is sent, or one of
 * a capacity above which the rest is lost. Random loss is met by retransmission, not by a worse picture.
 */
export class LossBasedRate {
  readonly #minBps: number;
  readonly #observations: Observation[] = [];
  #limitBps = Infinity;
  #decreasedMs = -Infinity;
  #beganMs: number | undefined;
  #latestMs = 0;
  #packets = 0;
  #lost = 0;
  #bytes = 0;
  #smoothedLoss = 0;

  constructor(minBps: number) {
    this.#minBps = minBps;
  }

  /** Infinity while losses do not depend on the rate. */
  get limitBps(): number {
    return this.#limitBps;
  }

  /** When losses last told of too high a rate. */
  get decreasedMs(): number {
    return this.#decreasedMs;
  }

  /** Smoothed, from 0 to 1. */
  get lossFraction(): number {
    return this.#smoothedLoss;
  }

  /** A probe went through at this rate. */
  probed(bps: number): void {
    this.#limitBps = Math.max(this.#limitBps, bps);
  }

  /** Feedback told of a packet. */
  add(sentMs: number, sizeBytes: number, arrived: boolean): void {
    this.#beganMs ??= sentMs;
    this.#latestMs = Math.max(this.#latestMs, sentMs);
    this.#packets++;
    this.#bytes += sizeBytes;
    if (!arrived) this.#lost++;
  }

  /** Looks at what was added. */
  update(nowMs: number): void {
    if (this.#beganMs === undefined) return;
    const durationMs = this.#latestMs - this.#beganMs;
    if (durationMs < OBSERVATION_MS || this.#packets < MIN_PACKETS) return;
    const observation = { sentBps: (this.#bytes * 8000) / durationMs, packets: this.#packets, lost: this.#lost };
    this.#beganMs = undefined;
    this.#packets = this.#lost = this.#bytes = 0;
    const loss = observation.lost / observation.packets;
    this.#smoothedLoss += LOSS_WEIGHT * (loss - this.#smoothedLoss);
    if (loss > CHANGED_LOSS) this.#observations.length = 0;
    this.#observations.push(observation);
    if (this.#observations.length > OBSERVATIONS) this.#observations.shift();
    this.#judge(observation, loss, nowMs);
  }

  #judge(latest: Observation, loss: number, nowMs: number): void {
    const { bps: capacityBps, evidence } = this.#likeliestCapacity(latest);
    if (loss > TOLERATED_LOSS && evidence > MARGIN) {
      this.#limitBps = Math.max(this.#minBps, Math.min(this.#limitBps, capacityBps * BACKOFF));
      this.#decreasedMs = nowMs;
    } else if (evidence <= 0) {
      this.#limitBps *= GROWTH;
      // So far above what is sent, it limits nothing.
      if (this.#limitBps > 4 * latest.sentBps) this.#limitBps = Infinity;
    }
  }

  /** And how much better it explains the losses than a path that loses as much at any rate. */
  #likeliestCapacity(latest: Observation): { bps: number; evidence: number } {
    const likelihoodOfNone = this.#likelihood(Infinity);
    const best = { bps: Infinity, evidence: 0 };
    for (let i = 1, bps = latest.sentBps / CANDIDATE_STEP; i <= CANDIDATES; i++, bps /= CANDIDATE_STEP) {
      const evidence = this.#likelihood(bps) - likelihoodOfNone;
      if (evidence > best.evidence) Object.assign(best, { bps, evidence });
    }
    return best;
  }

  /** Logarithm of how likely these losses are on a path of this capacity, whose inherent loss is fitted to them. */
  #likelihood(capacityBps: number): number {
    const inherent = this.#inherentLoss(capacityBps);
    let sum = 0;
    let weight = 1;
    for (let i = this.#observations.length - 1; i >= 0; i--, weight *= AGEING) {
      const { sentBps, packets, lost } = this.#observations[i]!;
      const excess = excessLoss(sentBps, capacityBps);
      const loss = Math.min(Math.max(inherent + (1 - inherent) * excess, 1e-4), 1 - 1e-4);
      sum += weight * (lost * Math.log(loss) + (packets - lost) * Math.log(1 - loss));
    }
    return sum;
  }

  #inherentLoss(capacityBps: number): number {
    let lostOtherwise = 0;
    let packetsWithin = 0;
    let weight = 1;
    for (let i = this.#observations.length - 1; i >= 0; i--, weight *= AGEING) {
      const { sentBps, packets, lost } = this.#observations[i]!;
      const excess = excessLoss(sentBps, capacityBps);
      lostOtherwise += weight * (lost - packets * excess);
      packetsWithin += weight * packets * (1 - excess);
    }
    return Math.min(Math.max(lostOtherwise / packetsWithin, 0), MAX_INHERENT_LOSS);
  }
}

/** What share a path must lose that is sent more than it carries. */
function excessLoss(sentBps: number, capacityBps: number): number {
  return sentBps > capacityBps ? (sentBps - capacityBps) / sentBps : 0;
}
