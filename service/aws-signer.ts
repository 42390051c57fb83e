import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity, Checksum, Provider, SourceData } from '@smithy/types';

export interface AwsSignerOptions {
  /** As AWS names it in signatures, such as `execute-api`. */
  readonly service: string;
  readonly region: string;
  readonly credentials: Provider<AwsCredentialIdentity>;
}

/** What is to be sent, with every header that matters. */
export interface AwsRequest {
  readonly method: 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Gives the headers with which AWS takes a request (Signature Version 4), the given ones among them. */
export function awsSigner(options: AwsSignerOptions): (request: AwsRequest) => Promise<Record<string, string>> {
  const signer = new SignatureV4({ ...options, sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: {},
      headers: { ...headers, host: url.host },
      body,
    });
    // fetch sets the host itself.
    const { host: _, ...rest } = signed.headers;
    return rest;
  };
}

/** SHA-256, or HMAC with a secret, in the shape that the signer asks for. */
class Sha256 implements Checksum {
  readonly #secret: Uint8Array | string | undefined;
  #hash;

  constructor(secret?: SourceData) {
    this.#secret = secret === undefined || typeof secret === 'string' ? secret : toBytes(secret);
    this.#hash = this.#open();
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#open();
  }

  #open() {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function toBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
