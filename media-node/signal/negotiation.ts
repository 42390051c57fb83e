/** How long further changes are waited for, so that they go into one offer. */
const DEBOUNCE_MS = 50;

/** A client that has not answered by then did not take the offer, and gets a new one. */
const ANSWER_TIMEOUT_MS = 8000;

/**
 * Keeps one offer under way at a time: changes meanwhile go together into the next one, after the answer. An offer that
 * is never answered is made anew, so that a client is not left behind for good.
 */
export class Negotiation {
  readonly #offer: () => void;
  #wanted = false;
  #underWay = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  /** `offer` makes and sends an offer of all that is there now; {@link answered} follows it, whatever came of it. */
  constructor(offer: () => void) {
    this.#offer = offer;
  }

  /** Something changed that the client must learn. */
  want(): void {
    this.#wanted = true;
    if (!this.#underWay) this.#timer ??= setTimeout(() => this.now(), DEBOUNCE_MS);
  }

  /** Offers at once, unless an offer is under way. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#underWay) return;
    this.#wanted = false;
    this.#underWay = true;
    this.#deadline = setTimeout(() => this.anew(), ANSWER_TIMEOUT_MS);
    this.#offer();
  }

  /** Offers at once, in place of an offer that is under way. */
  anew(): void {
    clearTimeout(this.#deadline);
    this.#underWay = this.#closed;
    this.now();
  }

  answered(): void {
    clearTimeout(this.#deadline);
    this.#underWay = false;
    if (this.#wanted) this.want();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
    this.#closed = true;
    this.#underWay = true;
  }
}
