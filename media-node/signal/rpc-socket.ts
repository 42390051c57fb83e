import { signalCloseCodes } from '@muon/contract/signal.ts';
import type { Log } from '@muon/service/log.ts';
import { WebSocket } from 'ws';
import type { Metrics } from '../metrics.ts';
import { TokenBucket } from '../token-bucket.ts';
import { internalError, toRpcError } from './failure.ts';
import { parseRpc, RpcError, rpcFailure, rpcNotice, rpcResult, type RpcRequest } from './rpc.ts';

/** What one client may ask; a join with its candidates is some thirty messages. */
const REQUEST_RATE = { perSecond: 50, burst: 200 };

/** After so many messages that make no sense, the rest won't either. */
const MAX_BAD_MESSAGES = 32;

/** A client that lets so much lie will not catch up. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** The result of a request, and what is to be done once the client has it. */
export interface Answer {
  readonly result: unknown;
  readonly afterwards?: () => void;
}

export interface RpcSocketOptions {
  readonly socket: WebSocket;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Carries out a request; what it throws is the client's answer. One at a time, in order. */
  readonly handle: (request: RpcRequest) => Promise<Answer>;
  /** A request, or a `message` that is none, was refused: for the log. */
  readonly refused: (method: string, failure: RpcError) => void;
  /** The client does not take what it is sent. */
  readonly tooSlow: () => void;
  /** Once, when the WebSocket is gone, by whoever closed it. */
  readonly ended: (code: number, reason: string) => void;
}

/** JSON-RPC with one client over its WebSocket, within limits. */
export class RpcSocket {
  readonly #options: RpcSocketOptions;
  readonly #socket: WebSocket;
  readonly #rate = new TokenBucket(REQUEST_RATE, performance.now());
  #queue: Promise<void> = Promise.resolve();
  #badMessages = 0;

  constructor(options: RpcSocketOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#socket.on('message', (data, binary) => this.#receive(data as Buffer, binary));
    this.#socket.on('error', (error) => this.#countBad(error.message));
    this.#socket.on('close', (code, reason) => options.ended(code, reason.toString()));
  }

  notify(method: string, params: unknown): void {
    this.send(rpcNotice(method, params));
  }

  /** Sends a message that is JSON-RPC already. */
  send(text: string): void {
    if (!this.#open) return;
    if (this.#socket.bufferedAmount <= MAX_QUEUED_BYTES) return this.#socket.send(text);
    this.#options.tooSlow();
    // A goodbye would only wait behind all the rest.
    this.#socket.terminate();
  }

  /** Ends the conversation; requests that wait are not carried out. */
  close(code: keyof typeof signalCloseCodes | 'done', reason: string): void {
    this.#socket.close(code === 'done' ? 1000 : signalCloseCodes[code], reason);
  }

  get #open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  #receive(data: Buffer, binary: boolean): void {
    if (!this.#open) return;
    if (!this.#rate.take(performance.now())) {
      this.#countBad('too many requests');
      return this.close('tooManyRequests', 'invalid-request');
    }
    try {
      if (binary) throw new RpcError('invalidRequest', 'Messages are text.', 'invalid-request');
      const request = parseRpc(data.toString());
      // An offer changes what the next one starts from.
      this.#queue = this.#queue.then(() => this.#handle(request));
    } catch (error) {
      this.#refuse(error, 'message', (error as RpcError).id ?? null);
    }
  }

  async #handle(request: RpcRequest): Promise<void> {
    if (!this.#open) return;
    try {
      const { result, afterwards } = await this.#options.handle(request);
      if (request.id !== undefined) this.send(rpcResult(request.id, result));
      afterwards?.();
    } catch (error) {
      this.#refuse(error, request.method, request.id);
    }
  }

  #refuse(error: unknown, method: string, id: RpcRequest['id']): void {
    const known = toRpcError(error);
    if (!known) this.#options.log.error({ err: error, method }, 'a request failed');
    const failure = known ?? internalError;
    this.#options.metrics.refusedRequests.inc({ code: failure.data.code });
    this.#options.refused(method, failure);
    if (id !== undefined) this.send(rpcFailure(id, failure));
    if (failure.data.code === 'invalid-request') this.#countBad(failure.message);
  }

  #countBad(reason: string): void {
    this.#options.metrics.badRequests.inc({ at: 'signal' });
    this.#badMessages += 1;
    if (this.#badMessages < MAX_BAD_MESSAGES) return;
    this.#options.log.info({ reason }, 'closing on a client that makes no sense');
    this.close('invalidRequest', 'invalid-request');
  }
}
