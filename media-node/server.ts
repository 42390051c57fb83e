import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocketServer } from 'ws';
import { problems } from '@muon/contract/problem.ts';
import type { NodeContext } from './context.ts';
import { readPath } from './http/credentials.ts';
import { keepAlive } from './http/keep-alive.ts';
import { PathTable, type PathParams } from './http/path-table.ts';
import { refuseUpgrade, sendProblem } from './http/problem.ts';
import { Refusal } from './refusal.ts';

/** A WebSocket endpoint. */
export interface Upgrade {
  readonly server: WebSocketServer;
  /** What it throws of refusals is the answer. */
  handle(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void>;
}

/** What answers plain requests to a path; what it throws of refusals is the answer. */
export type Endpoint = (request: IncomingMessage, response: ServerResponse, params: PathParams) => void | Promise<void>;

/** What is at a path, by method; HEAD goes with GET. */
export interface Resource {
  readonly methods: Readonly<Partial<Record<'GET' | 'POST' | 'PATCH' | 'DELETE', Endpoint>>>;
  /** The type that POST takes. */
  readonly acceptPost?: string;
}

export interface NodeServerOptions {
  readonly host: string;
  readonly port: number;
  readonly node: Pick<NodeContext, 'metrics' | 'log'>;
  /** By path, with parameters in braces. */
  readonly resources: Readonly<Record<string, Resource>>;
  readonly upgrades: Readonly<Record<string, Upgrade>>;
}

/** How often the other side of each WebSocket must show that it is there. */
const PING_INTERVAL_MS = 10_000;

/** A request that trickles in holds its connection for nothing. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Nothing here goes by cookies, so any page may ask; its token says what it gets. */
const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'accept-patch, accept-post, etag, link, location, retry-after',
};

/** The one HTTP server of a node: its endpoints and its WebSockets, by path. */
export class NodeServer {
  readonly #options: NodeServerOptions;
  readonly #server: Server;
  readonly #resources: PathTable<Resource>;
  readonly #stops: readonly (() => void)[];

  private constructor(options: NodeServerOptions) {
    this.#options = options;
    this.#resources = new PathTable(options.resources);
    const timeouts = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS };
    this.#server = createServer(timeouts, (request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket as Socket, head));
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
    for (const [name, value] of Object.entries(CORS_HEADERS)) response.setHeader(name, value);
    const path = readPath(request);
    const found = path === undefined ? undefined : this.#resources.find(path);
    if (!found) return sendProblem(response, 'not-found');
    const { methods, acceptPost } = found.value;
    if (acceptPost !== undefined) response.setHeader('accept-post', acceptPost);
    if (request.method === 'OPTIONS') return sendOptions(response, Object.keys(methods));
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    const endpoint = Object.hasOwn(methods, method) ? methods[method as keyof Resource['methods']] : undefined;
    if (!endpoint) {
      response.setHeader('allow', Object.keys(methods).join(', '));
      return sendProblem(response, 'method-not-allowed');
    }
    try {
      await endpoint(request, response, found.params);
    } catch (error) {
      this.#fail(error, response, path);
    }
  }

  #fail(error: unknown, response: ServerResponse, path: string | undefined): void {
    if (!(error instanceof Refusal)) {
      this.#options.node.log.error({ err: error, path }, 'a request failed');
      if (!response.headersSent) sendProblem(response, 'internal-error');
      return;
    }
    const { code, message } = error;
    this.#noteRefusal(error, path);
    // What is left of it is not worth reading.
    if (code === 'body-too-large') response.setHeader('connection', 'close');
    if (error.retryAfterSeconds !== undefined) response.setHeader('retry-after', error.retryAfterSeconds);
    sendProblem(response, code, message);
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // Until a WebSocket takes it over, nobody else hears that the other side is gone.
    socket.on('error', () => socket.destroy());
    const path = readPath(request);
    const upgrade = path === undefined ? undefined : this.#find(this.#options.upgrades, path);
    if (!upgrade) return refuseUpgrade(socket, 'not-found');
    try {
      await upgrade.handle(request, socket, head);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.#options.node.log.error({ err: error, path }, 'an upgrade failed');
        return refuseUpgrade(socket, 'internal-error');
      }
      this.#noteRefusal(error, path);
      refuseUpgrade(socket, error.code, error.message);
    }
  }

  #noteRefusal({ code, message, logged }: Refusal, path: string | undefined): void {
    const { log, metrics } = this.#options.node;
    const isOfToken = problems[code].status === 401 || code === 'forbidden';
    (isOfToken ? metrics.refusedTokens : metrics.refusedRequests).inc({ code });
    if (!logged) log.info({ path, code, reason: message }, 'request refused');
  }

  #find<Value>(table: Readonly<Record<string, Value>>, path: string): Value | undefined {
    return Object.hasOwn(table, path) ? table[path] : undefined;
  }
}

/** A preflight, or the question what there is (RFC 9725 section 4.2). */
function sendOptions(response: ServerResponse, methods: readonly string[]): void {
  response.writeHead(204, {
    allow: methods.join(', '),
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'authorization, content-type, if-match',
    'access-control-max-age': '600',
  });
  response.end();
}
