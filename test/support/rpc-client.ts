import { once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from './until.ts';

/** A message as it came; what is not there is undefined. */
export interface RpcMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code: string } };
}

/** A WebSocket that speaks JSON-RPC as badly or as well as a test wants. */
export class RpcClient {
  readonly socket: WebSocket;
  readonly received: RpcMessage[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.received.push(JSON.parse(data.toString()) as RpcMessage));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  static async open(url: string, token: string | undefined, protocols: string[] = []): Promise<RpcClient> {
    const query = token === undefined ? '' : `?access_token=${encodeURIComponent(token)}`;
    const client = new RpcClient(new WebSocket(url + query, protocols));
    await once(client.socket, 'open');
    return client;
  }

  send(text: string | Buffer): void {
    this.socket.send(text);
  }

  /** Sends a request as ion-sfu's clients do, and waits for its answer. */
  call(method: string, params: unknown, id: unknown = Math.random().toString(36)): Promise<RpcMessage> {
    this.send(JSON.stringify({ method, params, id }));
    return until(`an answer to ${method}`, () => this.received.find((message) => message.id === id));
  }

  notice(method: string): Promise<RpcMessage> {
    return until(`the notice ${method}`, () => this.received.find((message) => message.method === method));
  }

  /** The params of all notices of one kind that came so far. */
  notices(method: string): unknown[] {
    return this.received.filter((message) => message.method === method).map(({ params }) => params);
  }

  whenClosed(): Promise<{ readonly code: number; readonly reason: string }> {
    return until('the socket is closed', () => this.closed);
  }

  close(): void {
    this.socket.close();
  }
}
