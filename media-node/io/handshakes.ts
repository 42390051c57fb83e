import { addressBlock } from '../address-block.ts';
import type { RemoteAddress } from './remote-address.ts';

const MAX_HANDSHAKES = 500;

/** Half of all, so that whoever holds as many leaves the other half to everybody else. */
const MAX_HANDSHAKES_OF_ADDRESS = 250;

/** Too many connections are on their way to be connected: in all, or of one address. */
export class TooManyHandshakesError extends Error {
  override readonly name = 'TooManyHandshakesError';
  readonly code: 'no-node-available' | 'too-many-handshakes';

  constructor(code: TooManyHandshakesError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** What is looked at of a connection. */
interface Party {
  /** Where its client is, as far as verified checks have told. */
  readonly clientAddress: RemoteAddress | undefined;
}

export interface HandshakeLimits {
  readonly max?: number | undefined;
  readonly maxOfAddress?: number | undefined;
}

/**
 * The connections that are on their way to be connected. One address has a share of them: the address that asked for
 * them, and the address that they are shaken hands from, which is another one behind a proxy.
 */
export class Handshakes {
  readonly #max: number;
  readonly #maxOfAddress: number;
  /** By connection, who asked for it. */
  readonly #underWay = new Map<Party, string | undefined>();

  constructor({ max = MAX_HANDSHAKES, maxOfAddress = MAX_HANDSHAKES_OF_ADDRESS }: HandshakeLimits) {
    this.#max = max;
    this.#maxOfAddress = maxOfAddress;
  }

  get size(): number {
    return this.#underWay.size;
  }

  /**
   * Makes a connection for `address`, where it is known.
   *
   * @throws TooManyHandshakesError
   */
  begin<Connection extends Party>(address: string | undefined, make: () => Connection): Connection {
    const block = address === undefined ? undefined : addressBlock(address);
    const ofBlock = block === undefined ? 0 : [...this.#underWay.values()].filter((other) => other === block).length;
    if (ofBlock >= this.#maxOfAddress) {
      throw new TooManyHandshakesError('too-many-handshakes', `${ofBlock} handshakes of one address are under way`);
    }
    if (this.#underWay.size >= this.#max) {
      throw new TooManyHandshakesError('no-node-available', `${this.#underWay.size} handshakes are under way`);
    }
    const connection = make();
    this.#underWay.set(connection, block);
    return connection;
  }

  /** The connection is connected, or closed. */
  end(connection: Party): void {
    this.#underWay.delete(connection);
  }

  /** Whether a connection may shake hands from this address now; one that is connected may always move. */
  mayBeAt(connection: Party, { address }: RemoteAddress): boolean {
    if (!this.#underWay.has(connection)) return true;
    const block = addressBlock(address);
    let others = 0;
    for (const other of this.#underWay.keys()) {
      if (other !== connection && other.clientAddress && addressBlock(other.clientAddress.address) === block) others++;
    }
    return others < this.#maxOfAddress;
  }
}
