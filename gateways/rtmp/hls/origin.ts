import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { problems, type ProblemCode } from '@muon/contract/problem.ts';
import type { RecordingRequest } from '../recording/recordings.ts';
import { serveFile } from '../recording/serve-file.ts';
import type { HlsAnswer, HlsStream } from './hls-stream.ts';
import { parseRequestTarget, type RequestTarget } from './request-target.ts';

type TargetOf<Type extends RequestTarget['type']> = Extract<RequestTarget, { type: Type }>;

export interface HlsOriginOptions {
  readonly host: string;
  readonly port: number;
  /** The stream of an egress. */
  readonly stream: (egressId: string) => HlsStream | undefined;
  /** The path of a file that was recorded, for whoever has its token. */
  readonly recording: (request: RecordingRequest) => Promise<{ readonly path: string } | 'forbidden' | undefined>;
  /** Text of `/metrics`. */
  readonly metrics: () => Promise<string>;
  readonly healthy: () => boolean;
  readonly onAnswered: (status: number) => void;
}

/** A player's request is small and comes at once. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 8 * 1024;

/** Serves the HLS streams of this gateway to players and CDNs, with health and metrics beside them. */
export class HlsOrigin {
  readonly #options: HlsOriginOptions;
  readonly #server: Server;

  /** Listens; rejects when the port is taken. */
  static async open(options: HlsOriginOptions): Promise<HlsOrigin> {
    const origin = new HlsOrigin(options);
    origin.#server.listen(options.port, options.host);
    await once(origin.#server, 'listening');
    return origin;
  }

  private constructor(options: HlsOriginOptions) {
    this.#options = options;
    this.#server = createServer(
      { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.on('clientError', (_, socket) => {
      options.onAnswered(400);
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Any page may play a program.
    response.setHeader('access-control-allow-origin', '*');
    response.on('finish', () => this.#options.onAnswered(response.statusCode));
    try {
      if (request.method === 'OPTIONS') preflight(response);
      else if (request.method === 'GET' || request.method === 'HEAD') await this.#get(request, response);
      else refuse(response, 'method-not-allowed');
    } catch {
      if (!response.headersSent) refuse(response, 'internal-error');
    }
  }

  async #get(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseRequestTarget(request.url ?? '');
    switch (target?.type) {
      case 'health':
        return this.#health(response);
      case 'metrics':
        return send(response, 'text/plain; version=0.0.4', await this.#options.metrics());
      case 'recording':
        return this.#recording(target, request, response);
      case 'file':
        return this.#file(target, response);
      case undefined:
        return refuse(response, 'not-found');
    }
  }

  async #file({ egressId, name, query }: TargetOf<'file'>, response: ServerResponse): Promise<void> {
    const stream = this.#options.stream(egressId);
    if (!stream) return refuse(response, 'not-found');
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const answer = await stream.answer(name, query, gone.signal);
    if (!gone.signal.aborted) give(response, answer);
  }

  async #recording(
    { egressId, recordingId, token }: TargetOf<'recording'>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const found = await this.#options.recording({ egressId, recordingId, token });
    if (found === undefined) return refuse(response, 'not-found');
    if (found === 'forbidden') return refuse(response, 'forbidden');
    await serveFile(found.path, request, response);
  }

  #health(response: ServerResponse): void {
    const healthy = this.#options.healthy();
    response.statusCode = healthy ? 200 : 503;
    send(response, 'application/json', JSON.stringify({ healthy }));
  }
}

function give(response: ServerResponse, answer: HlsAnswer): void {
  switch (answer.type) {
    case 'playlist':
      response.setHeader('cache-control', 'no-cache');
      return send(response, 'application/vnd.apple.mpegurl', answer.text);
    case 'media':
      response.setHeader('cache-control', 'max-age=60');
      return send(response, 'video/mp4', answer.bytes);
    case 'not-found':
      return refuse(response, 'not-found');
    case 'bad-request':
      return refuse(response, 'invalid-request', answer.detail);
    case 'try-later':
      response.statusCode = 503;
      response.setHeader('retry-after', '1');
      response.end();
  }
}

function send(response: ServerResponse, contentType: string, body: string | Uint8Array): void {
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function preflight(response: ServerResponse): void {
  response.statusCode = 204;
  response.setHeader('access-control-allow-methods', 'GET, HEAD, OPTIONS');
  response.setHeader('access-control-allow-headers', 'range');
  response.setHeader('access-control-max-age', '86400');
  response.end();
}

/** RFC 9457. */
function refuse(response: ServerResponse, code: ProblemCode, detail?: string): void {
  const { status, title } = problems[code];
  response.statusCode = status;
  response.setHeader('cache-control', 'no-store');
  send(
    response,
    'application/problem+json',
    JSON.stringify({ type: `/problems/${code}`, title, status, code, detail }),
  );
}
