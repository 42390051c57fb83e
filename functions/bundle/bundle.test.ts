import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { openEmbedded } from '@muon/local/dynamodb/client.fixture.ts';
import type { Engine } from '@muon/local/dynamodb/engine.ts';
import { toRequestHandler } from '@muon/local/dynamodb/request-handler.ts';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Handler } from '../handlers/api-gateway.ts';
import { newSigningKey } from '../http/world.fixture.ts';
import { KeyRing } from '../operations/key-ring.ts';
import { toTableDefinition } from '../store/schema.ts';
import { openStore } from '../store/store.ts';
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

// What is left out of a bundle is not missed.
test('api keeps a room in a DynamoDB', async () => {
  const key = `mk_bundle_${'x'.repeat(32)}`;
  const { client, engine } = openEmbedded();
  await client.send(new CreateTableCommand(toTableDefinition('muon')));
  await new KeyRing(openStore(client, 'muon').apiKeys, Date.now).ensure(key, new Date().toISOString());
  const database = createServer((request, response) => void answerAsDynamoDb(engine, request, response));
  await new Promise<void>((resolve) => void database.listen(0, '127.0.0.1', resolve));
  const file = join(folder, 'api-with-database.mjs');
  await writeFile(file, await bundleFunction('api'));
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${(database.address() as AddressInfo).port}`);
  vi.stubEnv('MUON_SIGNING_KEY', newSigningKey());
  vi.stubEnv('MUON_INTERNAL_SECRET', 's'.repeat(32));
  const { handler } = (await import(pathToFileURL(file).href)) as { handler: Handler };
  const ask = async (path: string, body?: object) => {
    const headers = { authorization: `Bearer ${key}` };
    const event = { ...requestFor(path, body ? 'POST' : 'GET'), headers };
    return handler(body ? { ...event, body: JSON.stringify(body) } : event);
  };

  const created = await ask('/v1/rooms', { name: 'algebra' });
  const again = await ask('/v1/rooms', { name: 'algebra' });
  const read = await ask('/v1/rooms/algebra');
  const wrong = await ask('/v1/rooms', { name: 'No Name', maxParticipants: '5' });

  vi.unstubAllEnvs();
  database.closeAllConnections();
  database.close();
  expect([created.statusCode, again.statusCode, read.statusCode, wrong.statusCode]).toEqual([201, 409, 200, 400]);
  expect(JSON.parse(read.body!)).toMatchObject({ name: 'algebra', revision: 1 });
  expect((JSON.parse(wrong.body!) as { errors: unknown[] }).errors).toHaveLength(2);
});

async function answerAsDynamoDb(engine: Engine, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray());
  const headers = { 'x-amz-target': String(request.headers['x-amz-target']) };
  const { response: answered } = await toRequestHandler(engine).handle({ headers, body });
  response.writeHead(answered.statusCode, answered.headers);
  answered.body.pipe(response);
}

function requestFor(rawPath: string, method = 'GET'): APIGatewayProxyEventV2 {
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' };
  const requestContext = { requestId: 'request-1', domainName: 'api.example.com', http };
  return { version: '2.0', rawPath, rawQueryString: '', headers: {}, requestContext } as APIGatewayProxyEventV2;
}
