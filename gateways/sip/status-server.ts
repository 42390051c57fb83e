import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export interface StatusServerOptions {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  /** Whether calls can come in. */
  readonly healthy: () => boolean;
}

/** `GET /healthz` and `GET /metrics`. */
export class StatusServer {
  readonly #server: Server;

  /** @throws Error when the port is taken. */
  static async start({ host, port, registry, healthy }: StatusServerOptions): Promise<StatusServer> {
    const server = createServer((request, response) => {
      if (request.method !== 'GET') answer(response, 405, 'method not allowed\n');
      else if (request.url === '/healthz')
        answer(response, healthy() ? 200 : 503, healthy() ? 'ok\n' : 'not listening\n');
      else if (request.url === '/metrics') void registry.metrics().then((text) => answer(response, 200, text));
      else answer(response, 404, 'not found\n');
    });
    server.listen(port, host);
    await once(server, 'listening');
    return new StatusServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
}
