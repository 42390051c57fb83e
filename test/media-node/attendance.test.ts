import { request } from 'node:http';
import { LINK_SUBPROTOCOL } from '@muon/contract/link.ts';
import { SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
import { publisherOffer } from '@muon/media-node/negotiation/offer.fixture.ts';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenOptions } from '../support/fake-control-plane.ts';
import { LinkPeer } from '../support/link-peer.ts';
import { MediaNode } from '../support/media-node.ts';
import { RpcClient } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

let node: MediaNode;
/** Each that was made: none may be logged. */
const tokens: string[] = [];

beforeAll(async () => void (node = await MediaNode.start({ MUON_LOG_LEVEL: 'trace' })));
afterAll(() => node[Symbol.asyncDispose]());

async function tokenOf(identity: string, options: Partial<TokenOptions> = {}): Promise<string> {
  const token = await node.controlPlane.token({ identity, ...options });
  tokens.push(token);
  return token;
}

/** Waits for a line of the node's log that says all this. */
function line(fields: object): Promise<Record<string, unknown>> {
  return until(`a line with ${JSON.stringify(fields)}`, () =>
    node.process
      .output()
      .split('\n')
      .filter((text) => text.startsWith('{') && text.endsWith('}'))
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find((said) => Object.entries(fields).every(([name, value]) => said[name] === value)),
  );
}

async function join(identity: string, options: Partial<TokenOptions> = {}): Promise<RpcClient> {
  const client = await RpcClient.open(node.url('/ws'), await tokenOf(identity, options), [SIGNAL_SUBPROTOCOL]);
  await client.call('join', { sid: 'test' });
  return client;
}

interface HttpAnswer {
  readonly status: number | undefined;
  readonly location: string | undefined;
}

function send(method: string, path: string, token?: string): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/sdp', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const sending = request(`${node.httpUrl}${path}`, { method, headers });
  sending.end(method === 'POST' ? publisherOffer : undefined);
  return new Promise((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, location: response.headers.location });
    });
  });
}

/** How many lines say why somebody was refused. */
function refusals(): number {
  return node.process
    .output()
    .split('\n')
    .filter((text) => /"msg":"(?:join failed|request refused)"/.test(text)).length;
}

/** Waits for a line, and that it is the only one more. */
async function onlyLine(fields: object, before: number): Promise<Record<string, unknown>> {
  const said = await line(fields);
  expect(refusals()).toBe(before + 1);
  return said;
}

const place = { level: 'info', room: 'rm_test', address: '127.x.x.1' };

test('what the control plane refuses of its reports is logged and counted', async () => {
  node.controlPlane.refused = [{ id: 'rm_foreign', code: 'not-held' }];
  await until('it is counted', async () => (await node.metric('muon_reports_refused_total{code="not-held"}')) > 0);
  node.controlPlane.refused = [];
  await line({ level: 'error', msg: 'the control plane refused what was told of rooms' });
});

describe('the log has a line for who joins and who leaves', () => {
  test('over signalling, with the reason', async () => {
    const ada = await join('ada');
    const who = { ...place, identity: 'ada', connection: 'webrtc', kind: 'standard' };
    expect(await line({ ...who, msg: 'joined' })).toMatchObject({ epoch: 1, seats: 1 });
    ada.socket.close(1000);
    expect(await line({ ...who, msg: 'left', reason: 'left' })).toHaveProperty('seconds');
    const [first, second] = [await join('bob'), await join('bob')];
    await line({ ...who, identity: 'bob', msg: 'left', reason: 'conflict' });
    second.socket.terminate();
    await first.whenClosed();
  });

  test('over WHIP, with the reason', async () => {
    const { location } = await send('POST', '/whip', await tokenOf('obs', { kind: 'ingress' }));
    const who = { ...place, identity: 'obs', connection: 'whip', kind: 'ingress' };
    await line({ ...who, msg: 'joined' });
    await send('DELETE', location!);
    await line({ ...who, msg: 'left', reason: 'left' });
  });

  test('over a link, with the reason', async () => {
    const peer = await LinkPeer.open(node, { identity: 'sip', kind: 'sip' });
    const who = { ...place, identity: 'sip', connection: 'link', kind: 'sip' };
    await line({ ...who, msg: 'joined' });
    peer.close();
    await line({ ...who, msg: 'left', reason: 'left' });
    const token = await tokenOf('breaker', { grants: { link: true } });
    const breaker = await RpcClient.open(node.url('/link'), token, [LINK_SUBPROTOCOL]);
    breaker.send('{');
    await line({ ...who, identity: 'breaker', kind: 'standard', msg: 'left', reason: 'invalid-request' });
  });
});

describe('the log has a line for who cannot join', () => {
  const full = { room: 'full', maxParticipants: 1 };
  const fault = { ...place, msg: 'join failed' };

  beforeAll(async () => {
    const client = await RpcClient.open(node.url('/ws'), await tokenOf('first', full), [SIGNAL_SUBPROTOCOL]);
    await client.call('join', { sid: 'full' });
  });

  test('over signalling, with code and reason', async () => {
    const who = { ...fault, connection: 'webrtc', identity: 'dora' };
    const client = await RpcClient.open(node.url('/ws'), await tokenOf('dora', full));
    const before = refusals();
    await client.call('join', { sid: 'full' });
    const said = await onlyLine({ ...who, room: 'rm_full', code: 'room-full' }, before);
    expect(said['reason']).toMatch(/all the participants/);
    await client.call('join', { sid: 'full', offer: { type: 'offer', sdp: 'garbage' } });
    await onlyLine({ ...who, room: 'rm_full', code: 'invalid-request' }, before + 1);
    await client.call('join', { sid: 7 });
    await until('a third', () => refusals() === before + 3);
    await client.call('offer', {});
    await line({ msg: 'request refused', method: 'offer', identity: 'dora' });
    const expired = await RpcClient.open(node.url('/ws'), await tokenOf('eve', { ttlSeconds: -10 }));
    await expired.whenClosed();
    const { identity: _, room: __, ...nobody } = who;
    expect(await line({ ...nobody, code: 'token-expired' })).not.toHaveProperty('identity');
  });

  test('over WHIP and WHEP, with code and reason', async () => {
    for (const connection of ['whip', 'whep']) {
      const before = refusals();
      expect(await send('POST', `/${connection}`, await tokenOf('obs', full))).toMatchObject({ status: 409 });
      await onlyLine({ ...fault, room: 'rm_full', identity: 'obs', connection, code: 'room-full' }, before);
      expect(await send('POST', `/${connection}`)).toMatchObject({ status: 401 });
      const { room: _, ...nobody } = fault;
      await onlyLine({ ...nobody, connection, code: 'unauthenticated' }, before + 1);
    }
  });

  test('over a link, with code and reason', async () => {
    const peer = await LinkPeer.open(node, { ...full, identity: 'sip', kind: 'sip' });
    expect(peer.closed?.reason).toBe('room-full');
    await line({ ...fault, room: 'rm_full', identity: 'sip', connection: 'link', code: 'room-full' });
    const before = refusals();
    const socket = new WebSocket(node.url('/link'), LINK_SUBPROTOCOL, {
      headers: { authorization: `Bearer ${await tokenOf('nobody')}` },
    });
    socket.on('error', () => undefined);
    const { room: _, ...nobody } = fault;
    await onlyLine({ ...nobody, connection: 'link', code: 'forbidden' }, before);
  });

  test('and each is counted', async () => {
    for (const connection of ['webrtc', 'whip', 'whep', 'link']) {
      const labels = `connection="${connection}",code="room-full"`;
      expect(await node.metric('muon_failed_joins_total', labels)).toBe(1);
    }
  });
});

test('the log has no token and no address that is whole', async () => {
  const said = node.process.output();
  expect(said).toContain('"address":"127.x.x.1"');
  expect(said).not.toMatch(/\b127\.0\.0\.\d/);
  for (const token of tokens) expect(said).not.toContain(token.slice(0, 40));
});
