import { once } from 'node:events';
import { request } from 'node:http';
import { LINK_SUBPROTOCOL } from '@muon/contract/link.ts';
import { SIGNAL_SUBPROTOCOL, signalCloseCodes } from '@muon/contract/signal.ts';
import { publisherOffer } from '@muon/media-node/negotiation/offer.fixture.ts';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TokenOptions } from '../support/fake-control-plane.ts';
import { MediaNode } from '../support/media-node.ts';
import { RpcClient } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

let node: MediaNode;

beforeAll(async () => void (node = await MediaNode.start({ MUON_TRUSTED_PROXIES: '127.0.0.9' })));
afterAll(() => node[Symbol.asyncDispose]());
afterEach(() => expect(node.process.exited()).toBe(false));

interface OpenOptions {
  /** Of this machine: all of 127.0.0.0/8 are. */
  readonly from?: string;
  readonly headers?: Record<string, string>;
}

/** An open WebSocket, or what the upgrade was refused with. */
type Opened = { readonly socket: WebSocket } | { readonly status: number; readonly problem: { readonly code: string } };

function open(token: string, { from = '127.0.0.1', headers = {} }: OpenOptions = {}): Promise<Opened> {
  const socket = new WebSocket(`${node.url('/ws')}?access_token=${token}`, SIGNAL_SUBPROTOCOL, {
    localAddress: from,
    headers,
  });
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ socket }));
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, problem: JSON.parse(text) }));
    });
  });
}

async function openMany(count: number, token: (at: number) => Promise<string>, options?: OpenOptions) {
  const opened = await Promise.all(Array.from({ length: count }, async (_, at) => open(await token(at), options)));
  const sockets = opened.flatMap((one) => ('socket' in one ? [one.socket] : []));
  return { sockets, refusals: opened.flatMap((one) => ('problem' in one ? [one.problem.code] : [])) };
}

const tokenOf = (identity: string): Promise<string> => node.controlPlane.token({ identity, maxParticipants: 1000 });
const refused = (code: string): Promise<number> => node.metric('muon_refused_requests_total', `code="${code}"`);

async function closeAll(sockets: readonly WebSocket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => (socket.close(), once(socket, 'close'))));
}

describe('WebSockets that have not joined', () => {
  test('are 8 of one participant, and one more for each that joins or goes', async () => {
    const before = await refused('too-many-connections');
    const { sockets, refusals } = await openMany(10, () => tokenOf('ada'));
    expect(refusals).toEqual(['too-many-connections', 'too-many-connections']);
    expect(await refused('too-many-connections')).toBe(before + 2);
    expect(await node.metric('muon_websockets_unjoined')).toBe(8);
    const other = await open(await tokenOf('bob'));
    expect(other).toHaveProperty('socket');

    const [joining, going, ...rest] = sockets;
    joining!.send(JSON.stringify({ method: 'join', params: { sid: 'test' }, id: 1 }));
    await once(joining!, 'message');
    await closeAll([going!]);
    const more = await until('there is room for two', async () => {
      const next = await openMany(2, () => tokenOf('ada'));
      if (next.refusals.length === 0) return next;
      await closeAll(next.sockets);
      return undefined;
    });
    expect(await open(await tokenOf('ada'))).toMatchObject({ status: 429, problem: { code: 'too-many-connections' } });
    await closeAll([joining!, ...rest, ...more.sockets, (other as { socket: WebSocket }).socket]);
  });

  test('are 250 of one address, which harms no other address, nor those behind a trusted proxy', async () => {
    const { sockets, refusals } = await openMany(255, (at) => tokenOf(`p${at}`), { from: '127.0.0.2' });
    expect(refusals).toEqual(Array(5).fill('too-many-connections'));
    const claim = { headers: { 'x-forwarded-for': '192.0.2.1' } };
    expect(await open(await tokenOf('liar'), { from: '127.0.0.2', ...claim })).toMatchObject({ status: 429 });
    const others = [
      await open(await tokenOf('bob'), { from: '127.0.0.3' }),
      await open(await tokenOf('cleo'), { from: '127.0.0.9', ...claim }),
    ].flatMap((one) => ('socket' in one ? [one.socket] : []));
    expect(others).toHaveLength(2);
    await closeAll([...sockets, ...others]);
  });

  test('are closed after a while, whatever else they ask for', { timeout: 60_000 }, async () => {
    const silent = await RpcClient.open(node.url('/ws'), await tokenOf('silent'));
    const busy = await RpcClient.open(node.url('/ws'), await tokenOf('busy'));
    const asking = setInterval(() => busy.socket.readyState === WebSocket.OPEN && busy.send('{"method":"ping"}'), 500);
    await until('both are closed', () => silent.closed && busy.closed, { timeoutMs: 45_000 });
    clearInterval(asking);
    const closed = { code: signalCloseCodes.invalidRequest, reason: 'join-timeout' };
    expect([silent.closed, busy.closed]).toEqual([closed, closed]);
    expect(await refused('join-timeout')).toBe(2);
  });
});

describe('connections on their way to be connected', () => {
  const from = '127.0.0.5';

  /** Joins without ever connecting the media; gives the code of a refusal. */
  async function join(socket: WebSocket, room: string): Promise<string | undefined> {
    socket.send(JSON.stringify({ method: 'join', params: { sid: room }, id: 'join' }));
    return new Promise((resolve) => {
      socket.on('message', (data: Buffer) => {
        const { id, error } = JSON.parse(data.toString());
        if (id === 'join') resolve(error?.data.code);
      });
    });
  }

  /** 250 who join from an address, in many rooms. */
  async function crowd(address: string): Promise<WebSocket[]> {
    const room = (at: number): string => `room-${at % 50}`;
    const identity = (at: number): string => `${address}-${at}`;
    const tokenAt = (at: number) => node.controlPlane.token({ identity: identity(at), room: room(at) });
    const { sockets } = await openMany(250, tokenAt, { from: address });
    const refusals = await Promise.all(sockets.map((socket, at) => join(socket, room(at))));
    expect(refusals.filter((code) => code !== undefined)).toEqual([]);
    return sockets;
  }

  async function openFrom(address: string): Promise<WebSocket> {
    const { sockets } = await openMany(1, () => tokenOf(address), { from: address });
    return sockets[0]!;
  }

  test('are 250 of one address, over signalling and WHIP, which harms no other address', async () => {
    const many = await crowd(from);
    const before = await refused('too-many-handshakes');
    const late = await openFrom(from);
    expect(await join(late, 'test')).toBe('too-many-handshakes');
    expect(await publish(await tokenOf('obs'), from)).toMatchObject({
      status: 429,
      problem: { code: 'too-many-handshakes' },
    });
    expect(await refused('too-many-handshakes')).toBe(before + 2);
    const other = await openFrom('127.0.0.6');
    expect(await join(other, 'test')).toBeUndefined();

    await closeAll([...many, other]);
    await until('there is room again', async () => (await join(late, 'test')) === undefined);
    await closeAll([late]);
  });

  test('are 500 of a node', async () => {
    const many = [...(await crowd('127.0.0.7')), ...(await crowd('127.0.0.8'))];
    expect(await node.metric('muon_handshakes')).toBe(500);
    const late = await openFrom('127.0.0.9');
    expect(await join(late, 'test')).toBe('no-node-available');
    await closeAll(many);
    await until('there is room again', async () => (await join(late, 'test')) === undefined);
    await closeAll([late]);
  });
});

describe('the participants of a room', () => {
  const room = 'small';
  const enter = async (identity: string, token: Partial<TokenOptions> = {}): Promise<RpcClient> => {
    const options = { identity, room, maxParticipants: 3, ...token };
    const client = await RpcClient.open(node.url('/ws'), await node.controlPlane.token(options));
    const { error } = await client.call('join', { sid: options.room });
    if (error) throw new Error(error.data!.code);
    return client;
  };
  const seats = (): number | undefined => node.controlPlane.rooms.find(({ id }) => id === `rm_${room}`)?.participants;

  test('are no more than the capacity, though tokens are used again or are older than it', async () => {
    const clients = [await enter('ada'), await enter('bob'), await enter('cleo')];
    const before = await refused('room-full');
    await expect(enter('dora')).rejects.toThrow('room-full');
    // Made when the room was larger.
    await expect(enter('dora', { maxParticipants: 50, ageSeconds: 60 })).rejects.toThrow('room-full');
    const link = await node.controlPlane.token({ identity: 'sip', room, maxParticipants: 3, grants: { link: true } });
    const phone = await RpcClient.open(node.url('/link'), link, [LINK_SUBPROTOCOL]);
    expect((await phone.whenClosed()).reason).toBe('room-full');
    expect(await refused('room-full')).toBe(before + 3);

    const token = await node.controlPlane.token({ identity: 'ada', room, maxParticipants: 3 });
    for (let time = 0; time < 5; time++) {
      const again = await RpcClient.open(node.url('/ws'), token);
      expect((await again.call('join', { sid: room })).error).toBeUndefined();
      clients.push(again);
    }
    await until('the control plane knows of three', () => seats() === 3);
    expect(clients.filter(({ closed }) => closed?.code === signalCloseCodes.replaced)).toHaveLength(5);
    for (const client of clients) client.close();
  });

  test('are not those who are banned, until the ban has ended', async () => {
    const strict = 'strict';
    const moderator = await enter('mod', { room: strict, grants: { admin: true } });
    await enter('ada', { room: strict });
    const remove = (banSeconds: number) => moderator.call('removeParticipant', { identity: 'ada', banSeconds });
    expect((await remove(3600)).error).toBeUndefined();
    await expect(enter('ada', { room: strict })).rejects.toThrow('participant-banned');
    const { status, problem, retryAfter } = await publish(
      await node.controlPlane.token({ identity: 'ada', room: strict }),
      '127.0.0.1',
    );
    expect({ status, problem }).toMatchObject({ status: 403, problem: { code: 'participant-banned' } });
    expect(Number(retryAfter)).toBeGreaterThan(3000);

    const bob = await enter('bob', { room: strict });
    await moderator.call('removeParticipant', { identity: 'bob', banSeconds: 1 });
    expect((await bob.whenClosed()).code).toBe(signalCloseCodes.removed);
    const back = await until('bob may come back', () => enter('bob', { room: strict }).catch(() => undefined));
    for (const client of [moderator, back]) client.close();
  });
});

/** What WHIP refuses an offer with. */
function publish(
  token: string,
  localAddress: string,
): Promise<{ status: number | undefined; problem: unknown; retryAfter: string | undefined }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' };
  const posting = request(`${node.httpUrl}/whip`, { method: 'POST', headers, localAddress });
  posting.end(publisherOffer);
  return new Promise((resolve, reject) => {
    posting.on('error', reject);
    posting.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const {
        statusCode: status,
        headers: { 'retry-after': retryAfter },
      } = response;
      response.on('end', () => resolve({ status, problem: JSON.parse(text), retryAfter }));
    });
  });
}
