import type { IncomingMessage } from 'node:http';
import { Refusal } from '../refusal.ts';

/**
 * Reads a body of this type.
 *
 * @throws Refusal `unsupported-media-type` for another type, `body-too-large` beyond `maxBytes`.
 */
export async function readBody(request: IncomingMessage, contentType: string, maxBytes: number): Promise<string> {
  const [given = ''] = (request.headers['content-type'] ?? '').split(';');
  if (given.trim().toLowerCase() !== contentType) {
    throw new Refusal('unsupported-media-type', `The body has to be ${contentType}.`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The connection stays, to carry the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refusal('body-too-large', `A body has at most ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
