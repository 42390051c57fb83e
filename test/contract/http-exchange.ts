import { Agent, request as httpRequest } from 'node:http';
import type { Answered } from './answers.ts';
import type { Exchange } from './requester.ts';
import { type Wire, bytesOf } from './requests.ts';

/** Over HTTP, to whoever listens at `origin`. */
export function httpExchange(origin: string): Exchange {
  const agent = new Agent({ keepAlive: true });
  const exchange = ({ pathname, search }: URL, wire: Wire): Promise<Answered> => {
    const bytes = bytesOf(wire);
    const headers = { ...wire.headers, 'content-length': bytes?.length ?? 0 };
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        origin,
        { path: pathname + search, method: wire.method, agent, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
          response.on('error', reject);
        },
      );
      request.on('error', (error) => {
        // It was closed for idleness in the same moment; another connection shows whether that was all.
        if (request.reusedSocket) resolve(exchange(new URL(pathname + search, origin), wire));
        else reject(error);
      });
      request.end(bytes);
    });
  };
  return exchange;
}
