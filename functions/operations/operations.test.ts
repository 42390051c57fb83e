import type { Egress } from '@muon/contract/egress.ts';
import type { GatewayHeartbeatAnswer, NodeHeartbeatAnswer } from '@muon/contract/internal.ts';
import type { Joined } from '@muon/contract/join.ts';
import type { Room } from '@muon/contract/room.ts';
import { accessClaims } from '@muon/contract/token.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { claimsOf, newSigningKey, World } from '../http/world.fixture.ts';
import { Signer } from './signer.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});

/** Longer than a node may be silent. */
const SILENCE_MS = 3001;

const nodeBeat = (id: string, rooms: object[] = [], generation = 1) =>
  world.callInternal<NodeHeartbeatAnswer>(`/internal/nodes/${id}/heartbeat`, { generation, rooms });
const gatewayBeat = (id: string, egresses: object[] = []) =>
  world.callInternal<GatewayHeartbeatAnswer>(`/internal/gateways/${id}/heartbeat`, { generation: 1, egresses });
const join = (token: string) => world.post<Joined>('/v1/join', undefined, token);

describe('rooms', () => {
  test('are created with a name that people can say, and read by id and by name', async () => {
    const { status, body: room } = await world.post<Room>('/v1/rooms');
    expect(status).toBe(201);
    expect(room.name).toMatch(/^[a-z]+-[a-z]+-[a-z0-9]{6}$/);
    expect((await world.call(`/v1/rooms/${room.id}`)).body).toEqual(room);
    expect((await world.call(`/v1/rooms/${room.name}`)).body).toEqual(room);
  });

  test('are listed in pages; a cursor fits its own list alone', async () => {
    for (let index = 0; index < 5; index += 1) {
      world.nowMs += 1;
      await world.post('/v1/rooms', { name: `room-${index}` });
    }
    const names: string[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const path: string = `/v1/rooms?limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await world.call<{ data: Room[]; nextCursor?: string }>(path);
      names.push(...body.data.map(({ name }) => name));
      cursor = body.nextCursor;
      if (cursor) expect((await world.call(`/v1/egresses?cursor=${cursor}`)).status).toBe(400);
    }
    expect(names).toEqual(['room-4', 'room-3', 'room-2', 'room-1', 'room-0']);
  });

  test('show what a telephone dials while a SIP gateway lives', async () => {
    const { room } = await world.roomWithToken({ name: 'dialled' });
    await world.registerGateway('gw_sip', { service: { kind: 'sip', address: '127.0.0.1:5060' } });
    world.nowMs += 1000;
    const read = async () => (await world.call<Room>(`/v1/rooms/${room.id}`)).body.sipUri;
    expect(await read()).toBe('sip:dialled@127.0.0.1:5060');
    world.nowMs += SILENCE_MS;
    expect(await read()).toBeUndefined();
  });
});

describe('joining', () => {
  test('leads to the node, with a token for it that says who comes and what they may do', async () => {
    await world.registerNode('nd_1');
    const { body: room } = await world.post<Room>('/v1/rooms', { name: 'algebra', maxParticipants: 7 });
    const wish = { identity: 'ada', name: 'Ada', attributes: { role: 'teacher' }, grants: { publish: false } };
    const { body: minted } = await world.post<{ token: string }>('/v1/rooms/algebra/tokens', wish);
    const { status, body } = await join(minted.token);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      url: 'ws://localhost:7000/ws',
      room: { id: room.id, name: 'algebra' },
      node: { id: 'nd_1', region: 'local' },
      participant: { identity: 'ada', name: 'Ada' },
    });
    expect(accessClaims.parse(claimsOf(body.accessToken))).toMatchObject({
      aud: 'nd_1',
      sub: 'ada',
      name: 'Ada',
      attributes: { role: 'teacher' },
      grants: { publish: false, subscribe: true, data: true, hidden: false, link: false },
      kind: 'standard',
      epoch: 1,
      maxParticipants: 7,
      roomName: 'algebra',
      exp: world.nowMs / 1000 + 120,
    });
  });

  test('is refused without a node, and works as soon as there is one', async () => {
    const { token } = await world.roomWithToken();
    expect(await join(token)).toMatchObject({ status: 503, body: { code: 'no-node-available' } });
    await world.registerNode('nd_1');
    expect((await join(token)).status).toBe(200);
  });

  test('is refused with a token that is expired, foreign, of a room that is gone, or none', async () => {
    await world.registerNode('nd_1');
    const { room, token } = await world.roomWithToken();
    const { body } = await join(token);
    const foreign = await (await Signer.open(newSigningKey(), () => world.nowMs)).signJoin(claimsOf(token) as never);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`;
    for (const bearer of [foreign, unsigned, body.accessToken, `${token}x`, 'x'])
      expect(await join(bearer)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    await world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' });
    expect(await join(token)).toMatchObject({ status: 404, body: { code: 'room-not-found' } });
    world.nowMs += 3_600_000;
    expect(await join(token)).toMatchObject({ status: 401, body: { code: 'token-expired' } });
  });

  test('again and again leads to the same node, until that is dead; then to another, under the next epoch', async () => {
    await world.registerNode('nd_1');
    const { room, token } = await world.roomWithToken();
    for (let index = 0; index < 3; index += 1) expect((await join(token)).body.node.id).toBe('nd_1');
    world.nowMs += SILENCE_MS;
    await world.registerNode('nd_2');
    const { body } = await join(token);
    expect(body.node.id).toBe('nd_2');
    expect(claimsOf(body.accessToken)['epoch']).toBe(2);

    // The first one was only cut off: it is told to let go.
    const held = [{ id: room.id, epoch: 1, participants: 1 }];
    expect((await nodeBeat('nd_1', held)).body.closeRooms).toEqual([{ id: room.id, reason: 'room-moved' }]);
    expect((await world.store.nodes.get('nd_1'))?.reserved).toBe(0);
  });

  test('leads back to a node that was killed and has started again: it keeps its rooms', async () => {
    await world.registerNode('nd_1');
    const { token } = await world.roomWithToken();
    await join(token);
    world.nowMs += SILENCE_MS;
    expect((await join(token)).status).toBe(503);
    await world.registerNode('nd_1', { generation: 2 });
    const { status, body } = await join(token);
    expect([status, claimsOf(body.accessToken)['epoch']]).toEqual([200, 1]);
  });

  test('hundreds at once: one node for each room, and no node beyond its capacity', async () => {
    for (const id of ['nd_1', 'nd_2', 'nd_3', 'nd_4']) await world.registerNode(id, { capacity: 100 });
    const rooms = await Promise.all(Array.from({ length: 45 }, () => world.roomWithToken()));
    const answers = await Promise.all(
      rooms.flatMap(({ room, token }) =>
        Array.from({ length: 8 }, async () => ({ room: room.id, answer: await join(token) })),
      ),
    );
    const nodesOf = Map.groupBy(
      answers.filter(({ answer }) => answer.status === 200),
      ({ room }) => room,
    );
    // Ten for a room: there is place for forty of the forty-five.
    expect(nodesOf.size).toBe(40);
    for (const joins of nodesOf.values()) {
      expect(joins).toHaveLength(8);
      expect(new Set(joins.map(({ answer }) => answer.body.node.id)).size).toBe(1);
    }
    for (const node of await world.store.nodes.list()) {
      expect(node.reserved).toBe(100);
      expect(await world.store.nodes.rooms(node.id)).toHaveLength(10);
    }
    expect(world.errors).toEqual([]);
  }, 30_000);
});

describe('a node', () => {
  test('is told to close a room that was deleted, until it has', async () => {
    await world.registerNode('nd_1');
    const { room, token } = await world.roomWithToken();
    await join(token);
    const held = [{ id: room.id, epoch: 1, participants: 2 }];
    expect((await nodeBeat('nd_1', held)).body.closeRooms).toEqual([]);
    await world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' });
    for (let index = 0; index < 2; index += 1)
      expect((await nodeBeat('nd_1', held)).body.closeRooms).toEqual([{ id: room.id, reason: 'room-deleted' }]);
    expect((await nodeBeat('nd_1')).body.closeRooms).toEqual([]);
  });

  test('has its reservation back once a room is empty and nobody may be on the way', async () => {
    await world.registerNode('nd_1');
    const { token } = await world.roomWithToken();
    await join(token);
    const reserved = async () => (await world.store.nodes.get('nd_1'))?.reserved;
    world.nowMs += 149_000;
    await nodeBeat('nd_1');
    expect(await reserved()).toBe(10);
    await join(token);
    world.nowMs += 149_000;
    await nodeBeat('nd_1');
    expect(await reserved()).toBe(10);
    world.nowMs += 2000;
    await nodeBeat('nd_1');
    expect(await reserved()).toBe(0);
    expect(claimsOf((await join(token)).body.accessToken)['epoch']).toBe(2);
  });

  test('that registers in an earlier life is refused, and one that is forgotten is asked to register', async () => {
    await world.registerNode('nd_1', { generation: 2 });
    const { id, ...rest } = { id: 'nd_1', region: 'local', url: 'ws://n/ws', linkUrl: 'ws://n/link', capacity: 1 };
    const late = await world.callInternal('/internal/nodes', { id, generation: 1, ...rest });
    expect(late).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await nodeBeat('nd_1', [], 1)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(await nodeBeat('nd_2')).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });

  test('gets the key that tells our tokens, and no more of it than is public', async () => {
    await world.registerNode('nd_1');
    const [key] = (await nodeBeat('nd_1')).body.tokenKeys;
    expect(Object.keys(key!).toSorted()).toEqual(['crv', 'kid', 'kty', 'x']);
  });
});

describe('a link', () => {
  const wish = { gateway: 'gw_1', identity: 'phone-1', name: 'Phone', kind: 'sip', hidden: true };

  test('is opened to the room’s node, with the grant for it', async () => {
    await world.registerNode('nd_1');
    await world.registerGateway('gw_1');
    const { room } = await world.roomWithToken();
    const { body } = await world.callInternal<{ url: string; accessToken: string }>('/internal/links', {
      ...wish,
      room: room.name,
    });
    expect(body.url).toBe('ws://localhost:7000/link');
    const claims = { sub: 'phone-1', kind: 'sip', grants: { link: true, hidden: true }, room: room.id, aud: 'nd_1' };
    expect(claimsOf(body.accessToken)).toMatchObject(claims);
  });

  test('is refused to a gateway that is unknown, and into a room that is', async () => {
    await world.registerNode('nd_1');
    const { room } = await world.roomWithToken();
    const unknown = await world.callInternal('/internal/links', { ...wish, room: room.name });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not-found' } });
    await world.registerGateway('gw_1');
    const nowhere = await world.callInternal('/internal/links', { ...wish, room: 'nowhere' });
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'room-not-found' } });
  });
});

describe('an egress', () => {
  const outputs = [{ type: 'hls' }, { type: 'rtmp-pull' }];

  async function start(gateway = 'gw_1') {
    await world.registerGateway(gateway);
    const { room } = await world.roomWithToken();
    const { status, body } = await world.post<Egress>('/v1/egresses', { room: room.name, outputs });
    expect(status).toBe(201);
    return { room, egress: body };
  }

  const read = async (id: string) => (await world.call<Egress>(`/v1/egresses/${id}`)).body;

  test('shows where it is played; its gateway hears what to run, with the token, until it is stopped', async () => {
    const { room, egress } = await start();
    const [hls, pull] = egress.outputs;
    expect(hls?.playlistUrl).toBe(`http://localhost:8088/hls/${egress.id}/master.m3u8`);
    const token = new URL(pull!.pullUrl!).searchParams.get('token')!;
    expect(token.length).toBeGreaterThan(20);
    const assigned = (await gatewayBeat('gw_1')).body.egresses;
    const place = { id: room.id, name: room.name };
    expect(assigned).toMatchObject([
      { id: egress.id, room: place, outputs: [{ type: 'hls' }, { type: 'rtmp-pull', token }] },
    ]);
    expect((await gatewayBeat('gw_1', [{ id: egress.id, status: 'active' }])).body.egresses).toEqual(assigned);
    expect(await read(egress.id)).toEqual({ ...egress, status: 'active', revision: 2 });

    for (let index = 0; index < 2; index += 1) {
      const stopped = await world.call<Egress>(`/v1/egresses/${egress.id}`, { method: 'DELETE' });
      expect(stopped).toMatchObject({ status: 200, body: { status: 'stopped', reason: 'stopped on request' } });
    }
    expect((await gatewayBeat('gw_1', [{ id: egress.id, status: 'active' }])).body.egresses).toEqual([]);
    expect((await read(egress.id)).status).toBe('stopped');
  });

  test('fails as its gateway says, and stays failed', async () => {
    const { egress } = await start();
    await gatewayBeat('gw_1', [{ id: egress.id, status: 'failed', reason: 'no encoder' }]);
    await gatewayBeat('gw_1', [{ id: egress.id, status: 'active' }]);
    expect(await read(egress.id)).toMatchObject({ status: 'failed', reason: 'no encoder' });
    expect((await world.store.gateways.get('gw_1'))?.reserved).toBe(0);
  });

  test('ends with its room', async () => {
    const { room, egress } = await start();
    await world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' });
    expect(await read(egress.id)).toMatchObject({ status: 'stopped', reason: 'the room was deleted' });
    expect((await gatewayBeat('gw_1')).body.egresses).toEqual([]);
  });

  test('goes to another gateway when its own is dead, and is served from there', async () => {
    const { egress } = await start('gw_1');
    world.nowMs += SILENCE_MS;
    const service = { kind: 'rtmp', hlsUrl: 'http://other/hls/', rtmpUrl: 'rtmp://other/live' };
    await world.registerGateway('gw_2', { service });
    expect((await gatewayBeat('gw_2')).body.egresses).toMatchObject([{ id: egress.id }]);
    expect((await read(egress.id)).outputs[0]?.playlistUrl).toBe(`http://other/hls/${egress.id}/master.m3u8`);
    expect((await gatewayBeat('gw_1')).body.egresses).toEqual([]);
  });

  test('is run again by its gateway when that has started again', async () => {
    const { egress } = await start('gw_1');
    world.nowMs += SILENCE_MS;
    await world.registerGateway('gw_1', { generation: 2 });
    const { body } = await world.callInternal<GatewayHeartbeatAnswer>('/internal/gateways/gw_1/heartbeat', {
      generation: 2,
      egresses: [],
    });
    expect(body.egresses).toMatchObject([{ id: egress.id }]);
  });

  test('is laid out anew while it runs; its gateway hears of it', async () => {
    const { egress } = await start();
    const patch = (layout: string, ifMatch = '*') =>
      world.call<Egress>(`/v1/egresses/${egress.id}`, {
        method: 'PATCH',
        body: { layout },
        headers: { 'if-match': ifMatch },
      });
    const changed = await patch('focus', '"1"');
    expect(changed).toMatchObject({ status: 200, body: { ...egress, layout: 'focus', revision: 2 } });
    expect(changed.headers.get('etag')).toBe('"2"');
    expect((await gatewayBeat('gw_1')).body.egresses).toMatchObject([{ id: egress.id, layout: 'focus' }]);
    expect(await patch('grid', '"1"')).toMatchObject({ status: 412 });
    expect((await patch('mosaic')).body).toMatchObject({ code: 'invalid-request' });
    await world.call(`/v1/egresses/${egress.id}`, { method: 'DELETE' });
    expect(await patch('grid')).toMatchObject({ status: 409, body: { code: 'egress-ended' } });
  });

  test('needs a gateway with a place left', async () => {
    const { room } = await start('gw_1');
    const another = () => world.post('/v1/egresses', { room: room.id, outputs });
    expect((await another()).status).toBe(201);
    expect(await another()).toMatchObject({ status: 503, body: { code: 'no-gateway-available' } });
  });

  test('is listed, all or those of a room', async () => {
    const { room, egress } = await start();
    const list = async (query: string) => (await world.call<{ data: Egress[] }>(`/v1/egresses${query}`)).body.data;
    expect(await list('')).toEqual([egress]);
    expect(await list(`?room=${room.name}`)).toEqual([egress]);
    const { room: other } = await world.roomWithToken();
    expect(await list(`?room=${other.id}`)).toEqual([]);
    expect((await world.call('/v1/egresses?room=nowhere')).status).toBe(404);
    expect(await list('?status=starting')).toEqual([egress]);
    expect(await list(`?status=stopped&room=${room.name}`)).toEqual([]);
  });
});
