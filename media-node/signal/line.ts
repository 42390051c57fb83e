import type { signalCloseCodes } from '@muon/contract/signal.ts';
import { RESUME_WINDOW_MS } from '@muon/contract/signal.ts';
import type { Log } from '@muon/service/log.ts';
import type { WebSocket } from 'ws';
import type { Metrics } from '../metrics.ts';
import { RpcSocket, type Answer } from './rpc-socket.ts';
import { rpcResult, type RpcError, type RpcId, type RpcRequest } from './rpc.ts';

/** What a client whose WebSocket broke may have waiting until it is back. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Closes that mean it: done, going away, or no code at all but a proper goodbye (RFC 6455 section 7.4.1). */
const goodbyes: ReadonlySet<number> = new Set([1000, 1001, 1005]);

export interface SignalLineOptions {
  readonly metrics: Metrics;
  readonly log: Log;
  /** Carries out a request; what it throws is the client's answer. One at a time, in order. */
  readonly handle: (request: RpcRequest) => Promise<Answer>;
  /** A request was refused: for the log. */
  readonly refused: (method: string, failure: RpcError) => void;
  /** Whether a broken WebSocket is waited for to be replaced. */
  readonly resumable: () => boolean;
  /** The WebSocket broke; another may follow. */
  readonly broken: () => void;
  /** The client is gone for good. */
  readonly ended: (reason: 'left' | 'disconnected' | 'too-slow') => void;
}

/** How a client is reached: over its WebSocket and, when that breaks, over the next one that it opens. */
export class SignalLine {
  readonly #options: SignalLineOptions;
  #socket: RpcSocket | undefined;
  #kept: string[] = [];
  #keptBytes = 0;
  #window: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SignalLineOptions) {
    this.#options = options;
  }

  /** Whether there is a WebSocket now. */
  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Goes on over this WebSocket; an earlier one is closed. */
  attach(socket: WebSocket): void {
    clearTimeout(this.#window);
    const { metrics, log, handle, refused } = this.#options;
    const earlier = this.#socket;
    const attached = new RpcSocket({
      socket,
      metrics,
      log,
      handle,
      refused,
      tooSlow: () => this.#end('too-slow'),
      ended: (code) => {
        if (this.#socket === attached) this.#lose(code);
      },
    });
    this.#socket = attached;
    earlier?.close('replaced', 'conflict');
  }

  /** Answers the request that brought the WebSocket, then sends what had to wait. */
  resumed(id: RpcId | undefined, result: unknown): void {
    if (id !== undefined) this.#socket?.send(rpcResult(id, result));
    const kept = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    for (const text of kept) this.#socket?.send(text);
  }

  /** Tells what is of use only now, or comes again with the state of the room. */
  notify(method: string, params: unknown): void {
    this.#socket?.notify(method, params);
  }

  /** Sends what must arrive: later, when there is no WebSocket now. A client that is too far behind is given up. */
  deliver(text: string): void {
    if (this.#closed) return;
    if (this.#socket) return this.#socket.send(text);
    this.#kept.push(text);
    this.#keptBytes += text.length;
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#end('too-slow');
  }

  close(code: keyof typeof signalCloseCodes | 'done', reason: string): void {
    this.#closed = true;
    clearTimeout(this.#window);
    this.#kept = [];
    this.#socket?.close(code, reason);
  }

  #lose(code: number): void {
    this.#socket = undefined;
    if (this.#closed) return;
    if (goodbyes.has(code) || !this.#options.resumable()) {
      return this.#end(code === 1000 || code === 1001 ? 'left' : 'disconnected');
    }
    this.#window = setTimeout(() => this.#end('disconnected'), RESUME_WINDOW_MS);
    this.#options.broken();
  }

  #end(reason: 'left' | 'disconnected' | 'too-slow'): void {
    if (this.#closed) return;
    this.close('tooSlow', reason);
    this.#options.ended(reason);
  }
}
