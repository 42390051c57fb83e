import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiHandler } from '@muon/functions/handlers/api.ts';
import { createInternalHandler } from '@muon/functions/handlers/internal.ts';
import { newSigningKey } from '@muon/functions/http/world.fixture.ts';
import { KeyRing } from '@muon/functions/operations/key-ring.ts';
import { openStore } from '@muon/functions/store/store.ts';
import { ControlPlane } from '@muon/service/control-plane.ts';
import { secretSigner } from '@muon/service/request-signer.ts';
import { openLog } from '@muon/service/log.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from './database.ts';
import { Front } from './front.ts';
import { toPages } from './pages.ts';

const key = `mk_front_${'x'.repeat(32)}`;
const secret = 's'.repeat(32);
const folder = mkdtempSync(join(tmpdir(), 'muon-front-'));

let database: Database;
let front: Front;
let origin: string;

beforeAll(async () => {
  const consoleDir = join(folder, 'console');
  mkdirSync(join(consoleDir, 'assets'), { recursive: true });
  writeFileSync(join(consoleDir, 'index.html'), '<!doctype html><title>console</title>');
  writeFileSync(join(consoleDir, 'assets/main-ABCDEF12.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  database = await openDatabase({ tableName: 'muon', dataDir: folder });
  const store = openStore(database.client, 'muon');
  await new KeyRing(store.apiKeys, Date.now).ensure(key, new Date().toISOString());
  const settings = {
    MUON_SIGNING_KEY: newSigningKey(),
    MUON_INTERNAL_SECRET: secret,
    MUON_HEARTBEAT_INTERVAL_MS: 500,
    MUON_LONG_POLL_MS: 0,
    MUON_API_RATE: 100,
    MUON_WEBHOOK_TARGETS: 'loopback' as const,
    MUON_TURN_URLS: [],
    MUON_TURN_SECRET: '',
  };
  const dependencies = { store, settings, log: openLog('test', 'silent') };
  front = await Front.open({
    host: '127.0.0.1',
    port: 0,
    api: createApiHandler(() => dependencies),
    internal: createInternalHandler(() => dependencies),
    consoleDir,
    pageAt: toPages(),
    log: dependencies.log,
  });
  origin = `http://127.0.0.1:${front.port}`;
});

afterAll(async () => {
  await front.close();
  database.close();
  rmSync(folder, { recursive: true });
});

/** Sends bytes as they are; what comes back until the other side ends. */
function send(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(front.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
  });
}

describe('the API', () => {
  test('is there for other origins, through the same handlers as on AWS', async () => {
    const preflight = await fetch(`${origin}/v1/rooms`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const headers = { authorization: `Bearer ${key}` };
    const created = await fetch(`${origin}/v1/rooms`, { method: 'POST', headers, body: '{"name":"über"}' });
    expect(created.status).toBe(400);
    expect(created.headers.get('access-control-allow-origin')).toBe('*');
    const room = await fetch(`${origin}/v1/rooms`, { method: 'POST', headers, body: '{"metadata":{"ü":"é"}}' });
    const { id } = (await room.json()) as { id: string };
    const read = await fetch(`${origin}/v1/rooms/${id}?x=%20`, { headers });
    expect(await read.json()).toMatchObject({ metadata: { ü: 'é' } });
    const removed = await fetch(`${origin}/v1/rooms/${id}`, { method: 'DELETE', headers });
    expect([removed.status, await removed.text()]).toEqual([204, '']);
  });

  test('is there for nodes and gateways, as they call it', async () => {
    const service = { kind: 'sip', address: '127.0.0.1' } as const;
    const controlPlane = new ControlPlane(origin, secretSigner(secret));
    const body = { id: 'gw_1', generation: 1, region: 'local', service, capacity: 1 };
    expect(await controlPlane.call('registerGateway', body)).toEqual({ heartbeatIntervalMs: 500, longPollMs: 0 });
    await expect(
      controlPlane.call('gatewayHeartbeat', { generation: 2, egresses: [] }, { gateway: 'gw_1' }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  test('tells the sender of a body that is too large', async () => {
    const response = await fetch(`${origin}/v1/rooms`, { method: 'POST', body: 'x'.repeat(3 * 1024 * 1024) });
    expect([response.status, await response.json()]).toMatchObject([413, { code: 'body-too-large' }]);
  });
});

describe('the console', () => {
  test('is served, with its addresses, and what never changes is kept', async () => {
    for (const path of ['/', '/room/algebra', '/index.html']) {
      const page = await fetch(origin + path);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers.get('cache-control')).toBe('no-cache');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
      const etag = page.headers.get('etag')!;
      expect((await fetch(origin + path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    }
    const script = await fetch(`${origin}/assets/main-ABCDEF12.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${origin}/assets/gone.js`)).status).toBe(404);
    expect((await fetch(origin, { method: 'POST' })).status).toBe(405);
  });

  test.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets\\..\\..\\secret.txt',
    '//secret.txt',
    '/%00.js',
    '/%E0%A4%A.js',
  ])('does not lead out of its folder: %s', async (path) => {
    const answer = await send(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 (404|400|200)/);
    expect(answer).not.toContain('secret\n');
    expect(answer.endsWith('secret')).toBe(false);
  });
});

test('the reference, the description and a page for each problem are there', async () => {
  expect(await (await fetch(`${origin}/reference`)).text()).toContain('Start a broadcast of a room');
  expect(await (await fetch(`${origin}/openapi.yaml`)).text()).toContain('openapi: 3.1.0');
  expect(await (await fetch(`${origin}/problems/room-full`)).text()).toContain('What to do');
  expect((await fetch(`${origin}/problems/none.x`)).status).toBe(404);
});

test.each([
  ['noise', Buffer.from([0x16, 3, 1, 0, 0xff, 0xfe, 0, 13, 10, 13, 10])],
  ['a method that is none', 'NONSENSE / HTTP/1.1\r\nhost: x\r\n\r\n'],
  ['a header that is none', 'GET / HTTP/1.1\r\nhost: x\r\n\u0001\r\n\r\n'],
  ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`],
  ['two lengths', 'POST /v1/rooms HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ['a target that is no path', 'GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
  ['a method that has no request', 'TRACE /v1/rooms HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
])('%s is answered with 400, and the next request as ever', async (_, bytes) => {
  expect(await send(bytes)).toMatch(/^HTTP\/1\.1 400 /);
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
});
