/** Where datagrams come from and go to. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A source that has been silent for so long may have been moved by its NAT. */
const SILENCE_MS = 2000;

/**
 * Decides which source a call's sound is taken from, and so where sound is sent to (symmetric RTP, RFC 4961). A phone
 * behind a NAT does not know its own address, so another port or the address that signalling came from is believed
 * too, but only the first of them, and only until the phone is heard from where it said it is.
 */
export class SourceLatch {
  #announced: Endpoint;
  readonly #signalingAddress: string;
  #source: Endpoint | undefined;
  #heardMs = -Infinity;

  constructor(announced: Endpoint, signalingAddress: string) {
    this.#announced = announced;
    this.#signalingAddress = signalingAddress;
  }

  /** Where to send: to the source, else where the phone said it listens. */
  get target(): Endpoint {
    return this.#source ?? this.#announced;
  }

  /** The phone announced an address anew. */
  announce(announced: Endpoint): void {
    if (isSame(announced, this.#announced)) return;
    this.#announced = announced;
    this.#source = undefined;
  }

  /** Whether to take a datagram from there. */
  accepts(from: Endpoint, nowMs: number): boolean {
    if (!this.#source || !isSame(from, this.#source)) {
      if (!this.#believes(from, nowMs)) return false;
      this.#source = { address: from.address, port: from.port };
    }
    this.#heardMs = nowMs;
    return true;
  }

  #believes(from: Endpoint, nowMs: number): boolean {
    if (isSame(from, this.#announced)) return true;
    if (this.#source && nowMs - this.#heardMs < SILENCE_MS) return false;
    return from.address === this.#announced.address || from.address === this.#signalingAddress;
  }
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}
