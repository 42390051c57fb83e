import { SeqUnwrapper } from '@muon/wire/rtp/seq.ts';

/** So many packets may be on their way or waiting for feedback; a power of two. */
const SIZE = 4096;

const OUTSTANDING = 0;
const LOST = 1;
const ARRIVED = 2;

/** What feedback told of a packet. `late`: it was told to be lost before. */
export type Fate = 'arrived' | 'lost' | 'late';

/**
 * What was sent under which transport-wide sequence number, until feedback tells of it. One for all streams of a
 * connection. Allocates nothing once it is made.
 */
export class SentPacketLog {
  readonly #sentMs = new Float64Array(SIZE);
  readonly #sizes = new Uint16Array(SIZE);
  readonly #probes = new Uint32Array(SIZE);
  readonly #states = new Uint8Array(SIZE);
  readonly #unwrapper = new SeqUnwrapper();
  readonly #first: number;
  /** Of those before, feedback tells nothing that matters. */
  #oldest: number;
  #next: number;

  /** Of the packet that {@link report} found last. */
  sentMs = 0;
  sizeBytes = 0;
  /** Which probe it belongs to; 0 for none. */
  probe = 0;

  constructor(firstSeq: number) {
    this.#first = firstSeq;
    this.#oldest = firstSeq;
    this.#next = firstSeq;
    this.#unwrapper.unwrap(firstSeq);
  }

  /** How many packets were sent. */
  get count(): number {
    return this.#next - this.#first;
  }

  /** Gives a packet that is sent now its number. */
  add(sizeBytes: number, nowMs: number, probe: number): number {
    const at = this.#next & (SIZE - 1);
    this.#sentMs[at] = nowMs;
    this.#sizes[at] = sizeBytes;
    this.#probes[at] = probe;
    this.#states[at] = OUTSTANDING;
    const seq = this.#next & 0xffff;
    this.#unwrapper.unwrap(seq);
    this.#next++;
    return seq;
  }

  /** Forgets what was sent so far. */
  forget(): void {
    this.#oldest = this.#next;
  }

  /**
   * Finds the packet that feedback tells of and sets the fields above; undefined when feedback told the same before, or
   * the packet was never sent or too long ago.
   */
  report(seq: number, arrived: boolean): Fate | undefined {
    const index = this.#unwrapper.peek(seq);
    if (index >= this.#next || index < this.#oldest || index < this.#next - SIZE) return undefined;
    const at = index & (SIZE - 1);
    const before = this.#states[at]!;
    const state = arrived ? ARRIVED : LOST;
    if (before >= state) return undefined;
    this.#states[at] = state;
    this.sentMs = this.#sentMs[at]!;
    this.sizeBytes = this.#sizes[at]!;
    this.probe = this.#probes[at]!;
    if (!arrived) return 'lost';
    return before === LOST ? 'late' : 'arrived';
  }
}
