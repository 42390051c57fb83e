import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that came in. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly event: { id: string; type: string; createdAt: string; room?: { id: string; name: string }; data: unknown };
}

/** What to answer with: a status, or nothing at all. */
type Answer = number | 'nothing' | { readonly status: number; readonly headers: Record<string, string> };

/** A receiver of webhooks on loopback. */
export class Receiver {
  readonly received: Received[] = [];
  /** Gives the answer to each request. */
  answer: (received: Received) => Answer = () => 204;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const received = { headers: request.headers, text, event: JSON.parse(text) as Received['event'] };
        this.received.push(received);
        const answer = this.answer(received);
        if (answer === 'nothing') return;
        if (typeof answer === 'number') response.writeHead(answer).end();
        else response.writeHead(answer.status, answer.headers).end();
      });
    });
  }

  static async open(): Promise<Receiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Receiver(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** What came in, as events' types and rooms' names. */
  get told(): string[] {
    return this.received.map(({ event }) => `${event.type} ${event.room?.name ?? ''}`.trim());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Verifies as the specification of Standard Webhooks says, not as the sender does: how many signatures are good. */
export function goodSignatures({ headers, text }: Pick<Received, 'headers' | 'text'>, secret: string): number {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`;
  const expected = createHmac('sha256', key).update(signed).digest();
  const signatures = String(headers['webhook-signature']).split(' ');
  return signatures.filter((each) => {
    const [version, value = ''] = each.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  }).length;
}
