import { createHash } from 'node:crypto';
import type { Via } from '@muon/wire/sip/via.ts';
import { flowKey, type Flow } from './flow.ts';
import { Repeater, TRANSACTION_MS } from './repeater.ts';

/** A request that came, and what it was answered. */
interface ServerTransaction {
  /** The Via of its answers. */
  readonly via: string;
  /** Where its answers go. */
  readonly flow: Flow;
  /** Its final response. */
  response?: string;
  /** Infinity until it is answered, for a call may ring for long. */
  expiresMs: number;
}

export interface ServerTransactionsOptions {
  readonly send: (text: string, flow: Flow) => void;
  readonly onRepeat: () => void;
}

/** More requests than this are not open at once; a flood is dropped, and the calls that are on go on. */
const MAX_TRANSACTIONS = 20_000;

/**
 * Knows requests again that UDP or their sender repeated, and repeats their answers (RFC 3261 section 17.2; sip.js
 * believes every transport to be reliable). A request's id depends on where it came from, so no other peer can
 * speak in its name.
 */
export class ServerTransactions {
  readonly #options: ServerTransactionsOptions;
  readonly #transactions = new Map<string, ServerTransaction>();
  readonly #repeater: Repeater;

  constructor(options: ServerTransactionsOptions) {
    this.#options = options;
    this.#repeater = new Repeater(options.onRepeat);
  }

  get size(): number {
    return this.#transactions.size;
  }

  /** The branch under which sip.js gets a request; ACK and CANCEL have that of their INVITE. */
  static idOf({ branch, host, port }: Via, flow: Flow): string {
    const hash = createHash('sha256').update(`${flowKey(flow)} ${host}:${port ?? ''} ${branch}`);
    return `z9hG4bK${hash.digest('hex').slice(0, 32)}`;
  }

  /**
   * A request came: `new` is to be answered, `repeated` has been seen to, `pending` still waits for its final answer,
   * `full` has no place.
   */
  open(id: string, method: string, answer: { via: string; flow: Flow }): 'new' | 'pending' | 'repeated' | 'full' {
    const key = keyOf(id, method);
    const known = this.#transactions.get(key);
    if (known) {
      if (known.response === undefined) return 'pending';
      this.#options.send(known.response, known.flow);
      return 'repeated';
    }
    if (this.#transactions.size >= MAX_TRANSACTIONS) return 'full';
    this.#transactions.set(key, { ...answer, expiresMs: Infinity });
    return 'new';
  }

  /** The phone has the final response of its INVITE. */
  acknowledge(id: string): void {
    this.#repeater.stop(keyOf(id, 'INVITE'));
  }

  /**
   * Sends a response whose topmost Via is to be put in by `write`. The final one of a call that was refused is repeated
   * until it is acknowledged.
   */
  respond(id: string, { method, status }: { method: string; status: number }, write: (via: string) => string): void {
    const key = keyOf(id, method);
    const transaction = this.#transactions.get(key);
    if (!transaction) return;
    const response = write(transaction.via);
    const send = (): void => this.#options.send(response, transaction.flow);
    if (status < 200) return send();
    const isFirst = this.#finish(transaction, response);
    // sip.js repeats 2xx by itself, until the ACK.
    if (method === 'INVITE' && status >= 300 && isFirst && transaction.flow.transport === 'UDP') {
      this.#repeater.start(key, send, performance.now());
    } else send();
  }

  /**
   * Sends the final response to a request that no call came of. It is repeated only for a request that comes again
   * (RFC 3261 section 8.2.7): whoever forges the address of another is not to have it showered with answers.
   */
  answer(id: string, method: string, response: string): void {
    const transaction = this.#transactions.get(keyOf(id, method));
    if (!transaction) return;
    this.#finish(transaction, response);
    this.#options.send(response, transaction.flow);
  }

  /** Where the answers to a request go. */
  flowOf(id: string, method: string): Flow | undefined {
    return this.#transactions.get(keyOf(id, method))?.flow;
  }

  poll(nowMs: number): void {
    this.#repeater.poll(nowMs);
    for (const [key, { expiresMs }] of this.#transactions) if (nowMs >= expiresMs) this.#transactions.delete(key);
  }

  /** Whether this is the request's first final response. */
  #finish(transaction: ServerTransaction, response: string): boolean {
    const isFirst = transaction.response === undefined;
    transaction.response = response;
    if (isFirst) transaction.expiresMs = performance.now() + TRANSACTION_MS;
    return isFirst;
  }
}

function keyOf(id: string, method: string): string {
  return `${id} ${method}`;
}
