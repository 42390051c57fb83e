import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import type { NodeContext } from './context.ts';
import { readPath } from './http/credentials.ts';
import { keepAlive } from './http/keep-alive.ts';
import { refuseUpgrade, sendProblem } from './http/problem.ts';

/** A WebSocket endpoint. */
export interface Upgrade {
  readonly server: WebSocketServer;
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

/** What answers plain requests to a path. */
export type Endpoint = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface NodeServerOptions {
  readonly host: string;
  readonly port: number;
  readonly node: Pick<NodeContext, 'metrics' | 'log'>;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly upgrades: Readonly<Record<string, Upgrade>>;
}

/** How often the other side of each WebSocket must show that it is there. */
const PING_INTERVAL_MS = 10_000;

/** The one HTTP server of a node: its endpoints and its WebSockets, by path. */
export class NodeServer {
  readonly #options: NodeServerOptions;
  readonly #server: Server;
  readonly #stops: readonly (() => void)[];

  private constructor(options: NodeServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#server.on('clientError', (_error, socket) => {
      options.node.metrics.badRequests.inc({ at: 'http' });
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
    this.#stops = Object.values(options.upgrades).map(({ server }) => keepAlive(server, PING_INTERVAL_MS));
  }

  static async listen(options: NodeServerOptions): Promise<NodeServer> {
    const server = new NodeServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port, options.host, resolve);
    });
    return server;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    for (const { server } of Object.values(this.#options.upgrades)) {
      for (const socket of server.clients) socket.close(1001);
    }
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Nothing here goes by cookies, so any page may ask; its token says what it gets.
    response.setHeader('access-control-allow-origin', '*');
    const path = readPath(request);
    const endpoint = path === undefined ? undefined : this.#find(this.#options.endpoints, path);
    if (!endpoint) return sendProblem(response, 'not-found');
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendProblem(response, 'method-not-allowed');
    try {
      await endpoint(request, response);
    } catch (error) {
      this.#options.node.log.error({ err: error, path }, 'a request failed');
      if (!response.headersSent) sendProblem(response, 'internal-error');
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until a WebSocket takes it over, nobody else hears that the other side is gone.
    socket.on('error', () => socket.destroy());
    const path = readPath(request);
    const upgrade = path === undefined ? undefined : this.#find(this.#options.upgrades, path);
    if (!upgrade) return refuseUpgrade(socket, 'not-found');
    try {
      await upgrade.handle(request, socket, head);
    } catch (error) {
      this.#options.node.log.error({ err: error, path }, 'an upgrade failed');
      refuseUpgrade(socket, 'internal-error');
    }
  }

  #find<Value>(table: Readonly<Record<string, Value>>, path: string): Value | undefined {
    return Object.hasOwn(table, path) ? table[path] : undefined;
  }
}
