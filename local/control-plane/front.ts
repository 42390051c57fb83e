import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Handler } from '@muon/functions/handlers/api-gateway.ts';
import { MAX_BODY_BYTES } from '@muon/functions/http/input.ts';
import type { Log } from '@muon/service/log.ts';
import { toEvent } from './event.ts';
import { sendProblem, toProblem } from './problem.ts';
import { PAGE_HEADERS, sendFile } from './static-files.ts';

export interface Page {
  readonly contentType: string;
  readonly text: string;
}

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  readonly api: Handler;
  readonly internal: Handler;
  /** Where the console is, built. */
  readonly consoleDir: string;
  /** Pages besides the console's; undefined: there is none at this path. */
  readonly pageAt: (pathname: string) => Promise<Page | undefined>;
  readonly log: Log;
}

/** More than a body may have is read and dropped, so that its sender hears why; this much at most. */
const MAX_DROPPED_BYTES = 16 * MAX_BODY_BYTES;

/** Browsers call the API from other origins, with a bearer token and never with cookies. */
const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key, if-match',
  'access-control-expose-headers': 'etag, location, retry-after',
  'access-control-max-age': '600',
};

/** What stands for API Gateway on one machine: hands requests to the functions, and serves the console beside them. */
export class Front {
  readonly #options: FrontOptions;
  readonly #server: Server;

  private constructor(options: FrontOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => this.#fail(error, response));
    });
    this.#server.on('clientError', refuseGarbage);
  }

  /** Listens; rejects when the port is taken. */
  static async open(options: FrontOptions): Promise<Front> {
    const front = new Front(options);
    front.#server.listen(options.port, options.host);
    await once(front.#server, 'listening');
    return front;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = toUrl(request.url ?? '/');
    if (!url) return sendProblem(response, 'invalid-request', 'The request target is not a path.');
    const { pathname } = url;
    if (pathname === '/healthz') return sendPage(response, { contentType: 'text/plain', text: 'ok\n' });
    if (isBelow(pathname, '/v1')) return this.#answerApi(request, response, url);
    if (isBelow(pathname, '/internal')) {
      if (isSameMachine(request)) return this.#invoke(this.#options.internal, request, response, url);
      return sendProblem(response, 'not-found', 'There is nothing at this path.');
    }
    return this.#answerPage(request, response, pathname);
  }

  async #answerApi(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    for (const [name, value] of Object.entries(CORS_HEADERS)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else await this.#invoke(this.#options.api, request, response, url);
  }

  async #invoke(handler: Handler, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const body = await readBody(request);
    if (!body) return sendProblem(response, 'body-too-large', `A body has at most ${MAX_BODY_BYTES} bytes.`);
    const result = await handler(toEvent(request, url, body));
    response.writeHead(result.statusCode ?? 200, result.headers as Record<string, string>);
    response.end(result.body);
  }

  async #answerPage(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return sendProblem(response, 'method-not-allowed', `${pathname} has GET.`);
    }
    const page = await this.#options.pageAt(pathname);
    if (page) sendPage(response, page);
    else if (!(await sendFile(this.#options.consoleDir, pathname, request, response)))
      sendProblem(response, 'not-found', 'There is nothing at this path.');
  }

  #fail(error: unknown, response: ServerResponse): void {
    // A sender that went away needs no answer.
    if (response.destroyed) return;
    this.#options.log.error({ err: error }, 'a request failed');
    if (response.headersSent) response.destroy();
    else sendProblem(response, 'internal-error', 'Something went wrong here.');
  }
}

/** The body; undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_DROPPED_BYTES) throw new Error('a body far beyond what is taken');
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/** What is no HTTP is told so, and its connection ended. */
function refuseGarbage(_error: Error, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(toProblem('invalid-request', 'This is not an HTTP request.'));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function toUrl(target: string): URL | undefined {
  return target.startsWith('/') ? (URL.parse(`http://localhost${target}`) ?? undefined) : undefined;
}

function isBelow(pathname: string, folder: string): boolean {
  return pathname === folder || pathname.startsWith(`${folder}/`);
}

/** Whoever reaches us from the address that they reach us at is on this machine. */
function isSameMachine({ socket }: IncomingMessage): boolean {
  const { remoteAddress = '', localAddress } = socket;
  return /^(::ffff:)?127\.|^::1$/.test(remoteAddress) || remoteAddress === localAddress;
}

function sendPage(response: ServerResponse, { contentType, text }: Page): void {
  const headers = { ...PAGE_HEADERS, 'content-type': `${contentType}; charset=utf-8`, 'cache-control': 'no-cache' };
  response.writeHead(200, headers).end(text);
}
