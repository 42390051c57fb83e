/** A probe lasts this long: some ticks, and a queue of no more than that where it fails. */
const DURATION_MS = 60;

/** But it takes some packets to tell anything: at low rates it lasts longer. */
const MIN_BYTES = 6000;

/** Feedback about it has come by then, once it was sent, or was lost. */
const RESULT_TIMEOUT_MS = 1000;

/** How much more than the estimate a probe tries; the first ones on a connection try more. */
const STEP = 2;

/** A probe that went through at this share of its rate is followed by the next at once. */
const SUCCESS = 0.7;

/** Between probes that bring nothing: longer and longer. */
const MIN_INTERVAL_MS = 2000;
const MAX_INTERVAL_MS = 4000;
const INTERVAL_GROWTH = 1.5;

/** A queue that has just been too long drains first. */
const CALM_MS = 1000;

/** An estimate that exceeds what is wanted by this needs no probe. */
const ENOUGH = 1.1;

/** A rate to send at for a while, whatever there is to send. */
export interface Probe {
  /** 1 and on. */
  readonly id: number;
  readonly bps: number;
  readonly sizeBytes: number;
}

export interface ProbeConditions {
  readonly estimateBps: number;
  /** What would be sent if the estimate allowed it. */
  readonly wantedBps: number;
  /** When the path was last found overused. */
  readonly overusedMs: number;
}

/**
 * Decides when to try whether the path carries more than is sent: what is not sent cannot be measured. At the beginning,
 * as soon as more is wanted, now and then while it is, and again at once after a success.
 */
export class ProbeSchedule {
  #nextId = 1;
  #current: { readonly probe: Probe; readonly timeoutMs: number } | undefined;
  #nextMs = -Infinity;
  #intervalMs = MIN_INTERVAL_MS;
  #wantedBps = 0;

  /** The probe whose result is awaited. */
  get current(): Probe | undefined {
    return this.#current?.probe;
  }

  /** A probe to begin now. */
  poll({ estimateBps, wantedBps, overusedMs }: ProbeConditions, nowMs: number): Probe | undefined {
    // More is wanted than before: no need to wait.
    if (wantedBps > this.#wantedBps * ENOUGH) this.#hurry(nowMs);
    this.#wantedBps = wantedBps;
    if (this.#current && nowMs > this.#current.timeoutMs) this.#current = undefined;
    if (this.#current || nowMs < this.#nextMs) return undefined;
    if (wantedBps * ENOUGH <= estimateBps || nowMs - overusedMs < CALM_MS) return undefined;
    const bps = Math.min(STEP * estimateBps, wantedBps * ENOUGH * ENOUGH);
    const probe = { id: this.#nextId++, bps, sizeBytes: Math.max(MIN_BYTES, Math.ceil((bps * DURATION_MS) / 8000)) };
    this.#current = { probe, timeoutMs: nowMs + (8000 * probe.sizeBytes) / bps + RESULT_TIMEOUT_MS };
    this.#nextMs = nowMs + this.#intervalMs;
    this.#intervalMs = Math.min(this.#intervalMs * INTERVAL_GROWTH, MAX_INTERVAL_MS);
    return probe;
  }

  /** The current probe went through at this rate. */
  ended(bps: number, nowMs: number): void {
    if (this.#current && bps >= SUCCESS * this.#current.probe.bps) this.#hurry(nowMs);
    this.#current = undefined;
  }

  #hurry(nowMs: number): void {
    this.#nextMs = nowMs;
    this.#intervalMs = MIN_INTERVAL_MS;
  }
}
