import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { linkCloseCodes } from '@muon/contract/link.ts';
import { SIGNAL_SUBPROTOCOL, signalCloseCodes } from '@muon/contract/signal.ts';
import { rpcErrorCodes } from '@muon/contract/signal-error.ts';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MediaNode } from '../support/media-node.ts';
import { RpcClient } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

let node: MediaNode;

beforeAll(async () => void (node = await MediaNode.start()));
afterAll(() => node[Symbol.asyncDispose]());
afterEach(() => expect(node.process.exited()).toBe(false));

describe('a bad access token', () => {
  const foreignToken = async () =>
    (await node.controlPlane.token({ identity: 'ada' })).replace(/.{20}$/, 'A'.repeat(20));
  const cases: [string, () => Promise<string | undefined>, number, string][] = [
    ['absent', async () => undefined, 401, 'unauthenticated'],
    ['garbage', async () => 'garbage', 401, 'unauthenticated'],
    ['badly signed', foreignToken, 401, 'unauthenticated'],
    ['expired', () => node.controlPlane.token({ identity: 'ada', ttlSeconds: -10 }), 401, 'token-expired'],
    ['for another node', () => node.controlPlane.token({ identity: 'ada', node: 'nd_other' }), 403, 'forbidden'],
  ];

  test.each(cases)('that is %s is told to a client in its answer and its close', async (_, token, status, code) => {
    const refusedBefore = await node.metric('muon_refused_tokens_total', code);
    const client = await RpcClient.open(node.url('/ws'), await token());
    const answer = await client.call('join', { sid: 'test', uid: '' });
    expect(answer.error).toMatchObject({ code: status, data: { code } });
    const closeCode = status === 403 ? signalCloseCodes.forbidden : signalCloseCodes.unauthenticated;
    expect(await client.whenClosed()).toEqual({ code: closeCode, reason: code });
    expect(await node.metric('muon_refused_tokens_total', code)).toBe(refusedBefore + 1);
  });

  test.each(cases)('that is %s keeps a link from being opened', async (_, token, status, code) => {
    await expect(openLink(await token())).resolves.toMatchObject({ status, problem: { code, status } });
  });

  test('is one without the link grant, for a link', async () => {
    const token = await node.controlPlane.token({ identity: 'ada' });
    await expect(openLink(token)).resolves.toMatchObject({ status: 403, problem: { code: 'forbidden' } });
  });

  test('closes the WebSocket of a client that asks nothing, too', async () => {
    const client = await RpcClient.open(node.url('/ws'), 'garbage');
    expect(await client.whenClosed()).toEqual({ code: signalCloseCodes.unauthenticated, reason: 'unauthenticated' });
  });
});

describe('a client that breaks JSON-RPC', () => {
  const open = async (identity = 'mallory'): Promise<RpcClient> =>
    RpcClient.open(node.url('/ws'), await node.controlPlane.token({ identity }));

  test.each([
    ['not JSON', '{', rpcErrorCodes.parseError],
    ['no request', '[]', rpcErrorCodes.invalidRequest],
    ['binary', randomBytes(64), rpcErrorCodes.invalidRequest],
  ])('with a message that is %s is told', async (_, message, code) => {
    const badBefore = await node.metric('muon_bad_requests_total', 'signal');
    const client = await open();
    client.send(message);
    expect((await until('an answer', () => client.received[0])).error?.code).toBe(code);
    expect(await node.metric('muon_bad_requests_total', 'signal')).toBe(badBefore + 1);
    client.close();
  });

  test.each([
    ['an unknown method', 'explode', {}, rpcErrorCodes.methodNotFound],
    ['params that do not fit', 'join', { sid: 7 }, rpcErrorCodes.invalidParams],
    ['no params', 'join', undefined, rpcErrorCodes.invalidParams],
    ['another room', 'join', { sid: 'elsewhere' }, rpcErrorCodes.notFound],
    ['an offer before it joined', 'offer', { desc: { type: 'offer', sdp: '' } }, rpcErrorCodes.conflict],
    ['an answer to nothing', 'answer', { desc: { type: 'answer', sdp: '' } }, rpcErrorCodes.conflict],
    ['a mute before it joined', 'mute', { trackId: 'tk_none', muted: true }, rpcErrorCodes.conflict],
    ['a resumption of nothing', 'resume', { resumeToken: 'none' }, rpcErrorCodes.notFound],
    [
      'SDP that is none',
      'join',
      { sid: 'test', offer: { type: 'offer', sdp: 'garbage' } },
      rpcErrorCodes.invalidParams,
    ],
  ])('by %s is told', async (_, method, params, code) => {
    const client = await open();
    expect((await client.call(method, params, 7)).error?.code).toBe(code);
    expect(client.closed).toBeUndefined();
    client.close();
  });

  test('joins no second time', async () => {
    const client = await open();
    expect((await client.call('join', { sid: 'test' })).error).toBeUndefined();
    expect((await client.call('join', { sid: 'rm_test' })).error).toMatchObject({ code: rpcErrorCodes.conflict });
    client.close();
  });

  test('over and over is sent away', async () => {
    const client = await open();
    for (let message = 0; message < 40; message += 1) client.send('garbage');
    expect((await client.whenClosed()).code).toBe(signalCloseCodes.invalidRequest);
  });

  test('by a flood of requests is sent away', async () => {
    const client = await open();
    for (let message = 0; message < 300; message += 1) client.send('{"method":"leave-not"}');
    expect((await client.whenClosed()).code).toBe(signalCloseCodes.tooManyRequests);
  });

  test('by a frame that is too large is sent away', async () => {
    const client = await open();
    client.send(`"${'x'.repeat(600_000)}"`);
    expect((await client.whenClosed()).code).toBe(1009);
  });
});

describe('a link that breaks its protocol', () => {
  const open = async (): Promise<RpcClient> => {
    const token = await node.controlPlane.token({ identity: 'mallory', grants: { link: true } });
    const client = await RpcClient.open(node.url('/link'), token, ['muon.link.v1']);
    await until('the link is in the room', () => client.received[0]);
    return client;
  };

  test.each([
    ['text that is not JSON', '{'],
    ['a frame cut short', Buffer.from([0, 1, 0])],
    ['a frame of noise', randomBytes(1000).fill(255, 0, 4)],
    ['a text that is too large', JSON.stringify('x'.repeat(200_000))],
  ])('by %s is closed', async (_, message) => {
    const badBefore = await node.metric('muon_bad_requests_total', 'link');
    const link = await open();
    link.send(message);
    expect((await link.whenClosed()).code).toBe(linkCloseCodes.protocolError);
    expect(await node.metric('muon_bad_requests_total', 'link')).toBe(badBefore + 1);
  });

  const opus = { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 };
  test.each([
    ['of an unknown type', { type: 'explode' }, 'invalid-request'],
    ['without its number', { type: 'unpublish' }, 'invalid-request'],
    ['for no track', { type: 'subscribe', trackId: 'tk_none' }, 'track-not-found'],
    ['to unpublish nothing', { type: 'unpublish', number: 9 }, 'track-not-found'],
    ['to publish what browsers cannot play', publish({ ...opus, mimeType: 'audio/PCMU' }), 'codec-unsupported'],
  ])('by a request %s is told', async (_, request, code) => {
    const link = await open();
    link.send(JSON.stringify(request));
    const refused = await until('a refusal', () => link.received.find((message) => 'code' in message));
    expect(refused).toMatchObject({ type: 'refused', code });
    link.close();
  });

  test('by packets of no track, or none at all, has them counted and goes on', async () => {
    const unknownBefore = await node.metric('muon_link_packets_unknown_track_total');
    const malformedBefore = await node.metric('muon_link_packets_malformed_total');
    const link = await open();
    link.send(JSON.stringify(publish(opus)));
    link.send(Buffer.from([0, 77, 0, 8, ...randomBytes(8)]));
    link.send(Buffer.from([0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]));
    await until('both are counted', async () => {
      const unknown = (await node.metric('muon_link_packets_unknown_track_total')) - unknownBefore;
      const malformed = (await node.metric('muon_link_packets_malformed_total')) - malformedBefore;
      return unknown === 1 && malformed === 1;
    });
    expect(link.closed).toBeUndefined();
    link.close();
  });

  function publish(codec: typeof opus): object {
    return { type: 'publish', number: 1, kind: 'audio', source: 'microphone', codec };
  }
});

describe('garbage', () => {
  test('on the HTTP port is answered with 400 and counted', async () => {
    const badBefore = await node.metric('muon_bad_requests_total', 'http');
    const socket = connect(node.httpPort, '127.0.0.1');
    socket.write(randomBytes(500));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('400 Bad Request');
    expect(await node.metric('muon_bad_requests_total', 'http')).toBe(badBefore + 1);
  });

  test('as a path is answered with a problem', async () => {
    const response = await fetch(`http://127.0.0.1:${node.httpPort}/__proto__`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    await expect(response.json()).resolves.toMatchObject({ code: 'not-found' });
  });

  test.each(['/whip/../metrics', '/whip/%2e%2e/metrics', '/whip/./../metrics', '/whip\\..\\metrics', '//metrics'])(
    'as a path that a proxy would read in another way, %s, leads nowhere',
    async (path) => {
      const socket = connect(node.httpPort, '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
      socket.destroy();
    },
  );

  test('on the media port is counted by what it pretends to be, and changes nothing', async () => {
    const names = ['muon_media_garbage_total', 'muon_dtls_unknown_source_total', 'muon_media_unknown_source_total'];
    const before = await Promise.all(names.map((name) => node.metric(name)));
    const socket = createSocket('udp4');
    for (let packet = 0; packet < 500; packet += 1) {
      const bytes = randomBytes(1 + (packet % 200));
      // Every kind of first byte: STUN, DTLS, RTP, RTCP and none of them.
      bytes[0] = packet & 0xff;
      socket.send(bytes, node.mediaPort, '127.0.0.1');
    }
    await until('all kinds are counted', async () => {
      const after = await Promise.all(names.map((name) => node.metric(name)));
      return after.every((count, at) => count > before[at]!);
    });
    await expect(node.health()).resolves.toMatchObject({ status: 'ok' });
    socket.close();
  });
});

test('the log says why somebody was refused, and never a token', async () => {
  const token = await node.controlPlane.token({ identity: 'ada', node: 'nd_other' });
  const client = await RpcClient.open(node.url('/ws'), token);
  await client.whenClosed();
  await until('the log says so', () =>
    node.process
      .output()
      .split('\n')
      .some((line) => line.includes('"code":"forbidden"') && line.includes('another node')),
  );
  expect(node.process.output()).not.toContain(token.slice(0, 40));
});

test('a client whose WebSocket key is 8 bytes long is let in, as those of Flutter need', async () => {
  const socket = connect(node.httpPort, '127.0.0.1');
  const key = randomBytes(8).toString('base64').toLowerCase();
  const token = await node.controlPlane.token({ identity: 'flutter' });
  socket.write(
    `GET /ws?access_token=${token} HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('101 Switching Protocols');
  socket.destroy();
});

test('rooms that everybody left are gone', async () => {
  const token = await node.controlPlane.token({ identity: 'ada', room: 'brief' });
  const client = await RpcClient.open(node.url('/ws'), token, [SIGNAL_SUBPROTOCOL]);
  await client.call('join', { sid: 'brief' });
  await client.notice('room');
  client.close();
  await until('no room is left', async () => (await node.metric('muon_rooms')) === 0);
  await until('the control plane knows', () => node.controlPlane.rooms.length === 0);
});

/** What the upgrade to a link was refused with. */
async function openLink(token: string | undefined): Promise<{ status: number; problem: unknown }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(node.url('/link'), 'muon.link.v1', { headers });
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error('the link was opened')));
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, problem: JSON.parse(text) }));
    });
  });
}
