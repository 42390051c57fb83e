import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Joined } from '@muon/contract/join.ts';
import type { Problem } from '@muon/contract/problem.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Muon } from './support/muon.ts';
import { randomBytesOf } from './support/random-bytes.ts';

const TCP_PORTS = [1935, 5060, 7000, 7001, 7060, 8080, 8088];
const UDP_PORTS = [5060, 7001];

/** What every server sees sooner or later: other protocols, half sentences, and nonsense. */
const openings: readonly (string | Buffer)[] = [
  '',
  '\r\n\r\n\r\n',
  'GET / HTTP/1.1\r\n',
  'GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /%00%ff%zz HTTP/1.1\r\nhost: x\r\n\r\n',
  `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
  `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(20_000)}`,
  'POST /v1/rooms HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n{',
  'POST /v1/rooms HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'GET /ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n\r\n',
  'GET /link HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  'INVITE sip:x SIP/2.0\r\n\r\n',
  Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]),
  Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]),
  Buffer.alloc(70_000, 0xff),
];

let muon: Muon;
let pids: string;
beforeAll(async () => {
  muon = await Muon.start();
  await muon.api('POST', '/v1/rooms', { name: 'lesson' });
  await muon.api('POST', '/v1/rooms', { name: 'other' });
  pids = pidsNow();
});
afterAll(() => muon[Symbol.asyncDispose]());

describe('garbage', () => {
  test.each(TCP_PORTS)('on TCP port %i ends no process', async (base) => {
    const port = muon.port(base);
    for (const bytes of openings) await throwAt(port, bytes);
    for (let seed = 1; seed <= 100; seed++) await throwAt(port, randomBytesOf(seed, (seed * 97) % 3000));
    expect(pidsNow()).toBe(pids);
  });

  test.each(UDP_PORTS)('on UDP port %i ends no process', async (base) => {
    const socket = createSocket('udp4');
    for (let seed = 1; seed <= 3000; seed++) {
      const bytes = randomBytesOf(seed, (seed * 31) % 1400);
      // As STUN, DTLS, RTP or RTCP, text, or nothing in particular.
      const first = [0, 1, 22, 23, 128, 144, 200, 73, undefined][seed % 9];
      if (first !== undefined && bytes.length > 1) bytes[0] = first;
      await new Promise((sent) => socket.send(bytes, muon.port(base), '127.0.0.1', sent));
    }
    socket.close();
    expect(pidsNow()).toBe(pids);
  });

  test('is counted at the media port', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${muon.port(7000)}/metrics`)).text();
    const dropped = [...metrics.matchAll(/^muon_\w*(?:stun|packets|datagrams)\w*(?:\{[^}]*\})? (\d+)$/gm)];
    expect(dropped.reduce((sum, [, count]) => sum + Number(count), 0)).toBeGreaterThan(1000);
  });

  test('leaves rooms as they were', async () => {
    expect((await join(await mint('lesson', { identity: 'ada' }))).status).toBe(200);
  });
});

describe('a join token', () => {
  test.each([
    ['that is not there', 'unauthenticated', undefined],
    ['of nonsense', 'unauthenticated', 'nonsense'],
    ['with another signature', 'unauthenticated', 'foreign'],
    ['without a signature', 'unauthenticated', 'eyJhbGciOiJub25lIn0.e30.'],
    ['that has expired', 'token-expired', 'expired'],
  ])('%s is refused as %s', async (_, code, kind) => {
    const response = await join(await tokenOf(kind));
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect((await response.json()) as Problem).toMatchObject({ code, status: 401 });
  });

  test('of a room that is gone is refused', async () => {
    await muon.api('POST', '/v1/rooms', { name: 'gone' });
    const token = await mint('gone', { identity: 'ada' });
    await muon.api('DELETE', '/v1/rooms/gone');
    const response = await join(token);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'room-not-found' });
  });
});

describe('signalling', () => {
  test('refuses a token that is no access token with a code', async () => {
    const { code, reason } = await closeOf(`ws://127.0.0.1:${muon.port(7000)}/ws?access_token=nonsense`, ['{}']);
    expect([code, reason]).toEqual([4401, 'unauthenticated']);
  });

  test('refuses a join token in the place of an access token', async () => {
    const token = await mint('lesson', { identity: 'ada' });
    expect((await closeOf(`ws://127.0.0.1:${muon.port(7000)}/ws?access_token=${token}`, [])).code).toBe(4403);
  });

  test('answers malformed JSON-RPC with an error and goes on', async () => {
    const joined = (await (await join(await mint('lesson', { identity: 'bad' }))).json()) as Joined;
    const socket = new WebSocket(`${joined.url}?access_token=${joined.accessToken}`);
    const answers: { id?: unknown; error?: { code: number } }[] = [];
    socket.on('message', (text: Buffer) => answers.push(JSON.parse(text.toString())));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('{');
    socket.send('[]');
    socket.send('{"method":"fly","id":"1"}');
    socket.send('{"method":"join","params":{"sid":5},"id":"2"}');
    socket.send(
      JSON.stringify({
        method: 'join',
        params: { sid: joined.room.id, offer: { type: 'offer', sdp: 'v=0' } },
        id: '3',
      }),
    );
    socket.send(JSON.stringify({ method: 'join', params: { sid: 'other' }, id: '4' }));
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(6);
    for (const { error } of answers) expect(error).toBeDefined();
    expect(answers.slice(0, 4).map(({ error }) => error?.code)).toEqual([-32_700, -32_600, -32_601, -32_602]);
    socket.terminate();
  });
});

test('after all that every process is the one that was started', () => {
  expect(pidsNow()).toBe(pids);
});

function pidsNow(): string {
  return muon
    .processes()
    .map(({ pid }) => String(pid))
    .sort()
    .join();
}

async function mint(room: string, body: object): Promise<string> {
  return (await muon.api<{ token: string }>('POST', `/v1/rooms/${room}/tokens`, body)).token;
}

async function tokenOf(kind: string | undefined): Promise<string | undefined> {
  if (kind === 'foreign') {
    const [head, claims] = (await mint('lesson', { identity: 'ada' })).split('.');
    return `${head}.${claims}.${Buffer.alloc(64, 7).toString('base64url')}`;
  }
  if (kind !== 'expired') return kind;
  const token = await mint('lesson', { identity: 'ada', ttlSeconds: 1 });
  await expect.poll(async () => (await join(token)).status, { timeout: 10_000 }).toBe(401);
  return token;
}

function join(token: string | undefined): Promise<Response> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${muon.apiUrl}/v1/join`, { method: 'POST', headers });
}

/** Opens a connection, sends the bytes and lets go, whatever the other side does. */
function throwAt(port: number, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
      setTimeout(() => socket.destroy(), 20);
    });
    socket.on('data', () => {});
    // A reset is an answer too; no server at all is not.
    socket.on(
      'error',
      (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED' && port !== muon.port(5060) && reject(error),
    );
    socket.on('close', () => resolve());
  });
}

function closeOf(url: string, messages: readonly string[]): Promise<{ code: number; reason: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.on('open', () => messages.forEach((message) => socket.send(message)));
    socket.on('error', reject);
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}
