import { SeqUnwrapper } from '@muon/wire/rtp/seq.ts';

/** Packets that come later than this many others are lost for good. */
const WINDOW = 2048;

/** A gap larger than this is a new beginning, not a loss. */
const MAX_GAP = 1000;

/** So many packets are asked for at once; with more missing, a keyframe is cheaper. */
const MAX_MISSING = 500;

/** A decoder has given a packet up after this. */
const MAX_AGE_MS = 1500;

const MAX_TRIES = 10;

/** Networks reorder; asking at once would ask for what is on its way. As much as has been seen, between these. */
const MIN_REORDER_MS = 10;
const MAX_REORDER_MS = 60;
const REORDER_MARGIN = 1.25;
const REORDER_DECAY = 0.98;

/** What comes sooner than this share of a round trip after a request does not answer it. */
const UNASKED = 0.5;

/** Before a round trip was measured. */
const INITIAL_RTT_MS = 100;

/** Retries are never closer than this, however short the round trip. */
const MIN_RETRY_MS = 20;

interface Missing {
  readonly sinceMs: number;
  tries: number;
  nextTryMs: number;
  triedMs: number;
}

/** Whether a packet is the first of its sequence number. `stale`: too old to know. */
export type Arrival = 'new' | 'duplicate' | 'stale';

/** Knows which packets of one stream are missing and when to ask for them, again and again but not for ever. */
export class LossTracker {
  readonly #unwrapper = new SeqUnwrapper();
  /** The place of each recent packet holds its unwrapped number. */
  readonly #received = new Float64Array(WINDOW).fill(-1);
  readonly #missing = new Map<number, Missing>();
  #highest: number | undefined;
  #rttMs = INITIAL_RTT_MS;
  #measured = false;
  #reorderMs = MIN_REORDER_MS;

  /** How long a retransmission takes, from request to arrival. */
  get rttMs(): number {
    return this.#rttMs;
  }

  /** The round trip was measured by other means, which do not need losses. */
  roundTrip(rttMs: number): void {
    this.#measured = true;
    this.#rttMs = rttMs;
  }

  /** Whether the packet has not arrived, although the stream had begun before it. */
  lacks(seq: number): boolean {
    if (this.#highest === undefined) return false;
    const index = this.#unwrapper.peek(seq & 0xffff);
    if (index <= this.#highest - WINDOW) return false;
    return index > this.#highest ? index - this.#highest <= MAX_GAP : this.#missing.has(index);
  }

  arrived(seq: number, nowMs: number): Arrival {
    const index = this.#unwrapper.peek(seq);
    if (this.#highest !== undefined && index <= this.#highest - WINDOW) return 'stale';
    if (this.#received[place(index)] === index) return 'duplicate';
    this.#unwrapper.unwrap(seq);
    this.#received[place(index)] = index;
    this.#recovered(index, nowMs);
    this.#advance(index, nowMs);
    return 'new';
  }

  /** When {@link poll} next has something to do. */
  get deadlineMs(): number {
    let deadline = Infinity;
    for (const { nextTryMs } of this.#missing.values()) deadline = Math.min(deadline, nextTryMs);
    return deadline;
  }

  /** The sequence numbers to ask for now, in order. */
  poll(nowMs: number): number[] {
    const seqs: number[] = [];
    for (const [index, missing] of this.#missing) {
      if (missing.tries >= MAX_TRIES || nowMs - missing.sinceMs > MAX_AGE_MS) {
        this.#missing.delete(index);
      } else if (nowMs >= missing.nextTryMs) {
        missing.tries++;
        missing.triedMs = nowMs;
        missing.nextTryMs = nowMs + Math.max(MIN_RETRY_MS, this.#rttMs * 1.2);
        seqs.push(index & 0xffff);
      }
    }
    return seqs;
  }

  #recovered(index: number, nowMs: number): void {
    const missing = this.#missing.get(index);
    if (!missing) return;
    this.#missing.delete(index);
    if (missing.tries === 0 || (this.#measured && nowMs - missing.triedMs < UNASKED * this.#rttMs)) {
      const lateMs = REORDER_MARGIN * (nowMs - missing.sinceMs);
      this.#reorderMs = Math.min(Math.max(this.#reorderMs, lateMs), MAX_REORDER_MS);
      return;
    }
    // After a retry it is not known which request was answered (Karn's algorithm).
    if (missing.tries === 1 && !this.#measured) this.#rttMs += (nowMs - missing.triedMs - this.#rttMs) / 8;
  }

  #advance(index: number, nowMs: number): void {
    const highest = this.#highest;
    if (highest !== undefined && index <= highest) return;
    this.#highest = index;
    if (highest === undefined) return;
    if (index - highest > MAX_GAP) {
      this.#missing.clear();
      return;
    }
    for (let lost = highest + 1; lost < index; lost++) this.#addMissing(lost, nowMs);
  }

  #addMissing(index: number, nowMs: number): void {
    if (this.#missing.size >= MAX_MISSING) {
      const [oldest] = this.#missing.keys();
      this.#missing.delete(oldest!);
    }
    this.#reorderMs = Math.max(MIN_REORDER_MS, this.#reorderMs * REORDER_DECAY);
    this.#missing.set(index, { sinceMs: nowMs, tries: 0, nextTryMs: nowMs + this.#reorderMs, triedMs: 0 });
  }
}

function place(index: number): number {
  return ((index % WINDOW) + WINDOW) % WINDOW;
}
