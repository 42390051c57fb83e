import { createHash, createHmac } from 'node:crypto';
import { fromInstanceMetadata } from '@smithy/credential-provider-imds';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity, Checksum, SourceData } from '@smithy/types';
import type { RequestSigner } from './request-signer.ts';

/** Credentials are good for hours, and the next ones are there five minutes before their end. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** Signs for an HTTP API as the role of the EC2 instance that this process runs on (AWS Signature Version 4). */
export function iamSigner(region: string): RequestSigner {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials: instanceRole(), sha256: Sha256 });
  return async ({ method, url, body }) => {
    const { headers } = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'content-type': 'application/json' },
      body,
    });
    // fetch sets the host itself.
    const { host: _, ...rest } = headers;
    return rest;
  };
}

/** Asks the instance metadata service, and keeps its answer while it is good. */
function instanceRole(): () => Promise<AwsCredentialIdentity> {
  const ask = fromInstanceMetadata({ ec2MetadataV1Disabled: true, maxRetries: 2, timeout: 2000 });
  let held: Promise<AwsCredentialIdentity> | undefined;
  const renew = (): Promise<AwsCredentialIdentity> => {
    held = ask();
    held.catch(() => (held = undefined));
    return held;
  };
  return async () => {
    const credentials = await (held ?? renew());
    const leftMs = (credentials.expiration?.getTime() ?? Infinity) - Date.now();
    return leftMs > RENEW_BEFORE_MS ? credentials : renew();
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
