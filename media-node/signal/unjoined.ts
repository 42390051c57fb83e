import { addressBlock } from '../address-block.ts';
import { Occupancy } from '../occupancy.ts';
import { Refusal } from '../refusal.ts';

/** Whoever means to join does so within a second or so; these are for crowds who come at once. */
const MAX_UNJOINED = 2000;

/** Whole schools share one address. */
const MAX_UNJOINED_OF_ADDRESS = 250;

/** A client whose network comes and goes leaves some behind. */
const MAX_UNJOINED_OF_IDENTITY = 8;

/** Whom a WebSocket is of. */
export interface Opener {
  readonly address: string;
  /** Room and identity, when the access token is good. */
  readonly participant: string | undefined;
}

/** The WebSockets of a node that are open and have neither joined nor resumed. */
export class UnjoinedSockets {
  readonly #ofAddress = new Occupancy();
  readonly #ofParticipant = new Occupancy();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * Counts a WebSocket until the function that it gives is called; twice does no harm.
   *
   * @throws Refusal `too-many-connections` or `no-node-available` when there are as many as there may be.
   */
  admit({ address, participant }: Opener): () => void {
    const block = addressBlock(address);
    if (this.#ofAddress.of(block) >= MAX_UNJOINED_OF_ADDRESS) {
      throw new Refusal('too-many-connections', 'Too many connections of this address have not joined.');
    }
    if (participant !== undefined && this.#ofParticipant.of(participant) >= MAX_UNJOINED_OF_IDENTITY) {
      throw new Refusal('too-many-connections', 'Too many connections of this participant have not joined.');
    }
    if (this.#size >= MAX_UNJOINED) throw new Refusal('no-node-available', 'Too many connections have not joined.');
    this.#size += 1;
    this.#ofAddress.add(block);
    if (participant !== undefined) this.#ofParticipant.add(participant);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      this.#size -= 1;
      this.#ofAddress.remove(block);
      if (participant !== undefined) this.#ofParticipant.remove(participant);
    };
  }
}
