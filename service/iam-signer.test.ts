import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { iamSigner } from './iam-signer.ts';
import type { UnsignedRequest } from './request-signer.ts';

const HOUR_MS = 3_600_000;
const request: UnsignedRequest = {
  method: 'POST',
  url: new URL('https://api.example.com/internal/nodes/nd_i-0123456789abcdef0-1/heartbeat'),
  body: '{"rooms":[]}',
};

let metadata: Server;
let asked: string[];
let leftMs: number;

beforeEach(async () => {
  asked = [];
  leftMs = 6 * HOUR_MS;
  metadata = createServer((message, response) => {
    asked.push(`${message.method} ${message.url}`);
    response.end(answer(message));
  });
  metadata.listen(0, '127.0.0.1');
  await once(metadata, 'listening');
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  metadata.close();
  metadata.closeAllConnections();
});

test('a request is signed as AWS Signature Version 4 says, with what the instance may', async () => {
  const headers = await iamSigner('eu-central-1')(request);
  expect(headers['x-amz-security-token']).toBe('session-1');
  expect(headers['authorization']).toContain('Credential=AKID1/');
  expect(signatureIn(headers)).toBe(signatureOf(headers, 'secret-1', 'eu-central-1'));
});

test('the metadata service is asked once while its answer is good, and with a session alone', async () => {
  const sign = iamSigner('eu-central-1');
  await sign(request);
  const before = asked.length;
  await sign(request);
  expect(asked).toHaveLength(before);
  expect(asked[0]).toBe('PUT /latest/api/token');
});

test('credentials that are about to end are renewed', async () => {
  leftMs = 60_000;
  const sign = iamSigner('eu-central-1');
  await sign(request);
  const before = asked.length;
  await sign(request);
  expect(asked.length).toBeGreaterThan(before);
});

test('a metadata service that is away is asked again by the next request', async () => {
  const sign = iamSigner('eu-central-1');
  const { port } = metadata.address() as AddressInfo;
  metadata.close();
  metadata.closeAllConnections();
  await expect(sign(request)).rejects.toThrow();
  metadata.listen(port, '127.0.0.1');
  await once(metadata, 'listening');
  expect(await sign(request)).toHaveProperty('authorization');
});

function answer({ method, url, headers }: IncomingMessage): string {
  if (method === 'PUT') return 'metadata-session';
  if (headers['x-aws-ec2-metadata-token'] !== 'metadata-session') return '';
  if (url === '/latest/meta-data/iam/security-credentials/') return 'muon-host';
  return JSON.stringify({
    Code: 'Success',
    AccessKeyId: 'AKID1',
    SecretAccessKey: 'secret-1',
    Token: 'session-1',
    Expiration: new Date(Date.now() + leftMs).toISOString(),
  });
}

function signatureIn(headers: Readonly<Record<string, string>>): string | undefined {
  return /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1];
}

/** What AWS computes of the same request, by its own documentation of Signature Version 4. */
function signatureOf(headers: Readonly<Record<string, string>>, secret: string, region: string): string {
  const date = headers['x-amz-date']!;
  const signedNames = /SignedHeaders=([^,]+)/.exec(headers['authorization']!)![1]!;
  const all: Readonly<Record<string, string>> = { ...headers, host: request.url.host };
  const canonical = [
    request.method,
    request.url.pathname,
    '',
    ...signedNames.split(';').map((name) => `${name}:${all[name]}`),
    '',
    signedNames,
    createHash('sha256').update(request.body).digest('hex'),
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/execute-api/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const key = [date.slice(0, 8), region, 'execute-api', 'aws4_request'].reduce<string | Buffer>(
    (held, part) => createHmac('sha256', held).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac('sha256', key).update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`).digest('hex');
}
