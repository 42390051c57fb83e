import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** As much of S3 as an upload asks for, whole or in parts; it checks no signatures. */
export class FakeBucket {
  /** By bucket and key. */
  readonly objects = new Map<string, Buffer>();
  /** Requests with content that it has taken. */
  parts = 0;
  /** Whether it refuses everything. */
  failing = false;
  readonly #server: Server;
  readonly #uploads = new Map<string, Map<number, Buffer>>();

  static async open(): Promise<FakeBucket> {
    const bucket = new FakeBucket();
    bucket.#server.listen(0, '127.0.0.1');
    await once(bucket.#server, 'listening');
    return bucket;
  }

  private constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { pathname, searchParams: query } = new URL(request.url ?? '', this.url);
    if (this.failing) return void response.writeHead(503).end();
    const key = pathname.slice(1);
    const uploadId = query.get('uploadId');
    response.setHeader('etag', '"tag"');
    if (request.method === 'DELETE') {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else if (request.method === 'PUT') {
      this.parts += 1;
      if (uploadId === null) this.objects.set(key, body);
      else this.#uploads.get(uploadId)!.set(Number(query.get('partNumber')), body);
      response.end();
    } else if (uploadId === null) {
      this.#uploads.set('up', new Map());
      response.end('<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>');
    } else {
      const parts = [...this.#uploads.get(uploadId)!].toSorted(([a], [b]) => a - b);
      this.objects.set(key, Buffer.concat(parts.map(([, bytes]) => bytes)));
      response.end('<CompleteMultipartUploadResult><ETag>"tag"</ETag></CompleteMultipartUploadResult>');
    }
  }
}
