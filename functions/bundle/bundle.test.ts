import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Handler } from '../handlers/api-gateway.ts';
import { newSigningKey } from '../http/world.fixture.ts';
import { bundleFunction } from './bundle.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muon-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

// A function starts the slower, the more there is to read.
test.each(['api', 'internal', 'stream', 'sweeper'] as const)('%s is small', async (name) => {
  const bundle = await bundleFunction(name);
  expect(bundle.length).toBeLessThanOrEqual(500 * 1024);
  expect(gzipSync(bundle).length).toBeLessThanOrEqual(150 * 1024);
});

test.each(['api', 'internal'] as const)('%s answers', async (name) => {
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, await bundleFunction(name));
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('MUON_SIGNING_KEY', newSigningKey());
  vi.stubEnv('MUON_INTERNAL_SECRET', 's'.repeat(32));
  const { handler } = (await import(pathToFileURL(file).href)) as { handler: Handler };
  const { statusCode, body } = await handler(requestFor('/nowhere'));
  vi.unstubAllEnvs();
  expect([statusCode, JSON.parse(body!)]).toMatchObject([404, { code: 'not-found' }]);
});

function requestFor(rawPath: string): APIGatewayProxyEventV2 {
  const http = { method: 'GET', path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' };
  const requestContext = { requestId: 'request-1', domainName: 'api.example.com', http };
  return { version: '2.0', rawPath, rawQueryString: '', headers: {}, requestContext } as APIGatewayProxyEventV2;
}
