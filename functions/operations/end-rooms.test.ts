import type { Egress } from '@muon/contract/egress.ts';
import { beforeEach, expect, test } from 'vitest';
import type { Refusal } from '../domain/refusal.ts';
import { World } from '../http/world.fixture.ts';
import { allocate } from './allocate.ts';
import { endRooms } from './end-rooms.ts';

interface Told {
  readonly id: string;
  readonly epoch: number;
  readonly participants: number;
}

let world: World;
let faults: unknown[];
beforeEach(async () => {
  world = await World.open();
  faults = [];
  await world.registerNode('nd_1');
});

const sweep = () => endRooms(world.context, { staleMs: 3000, failed: (error) => void faults.push(error) });

/** Time passes, and the node goes on telling which rooms it holds; gives those that it is to close. */
async function pass(seconds: number, rooms: readonly Told[] = []): Promise<unknown> {
  world.nowMs += seconds * 1000;
  const body = { generation: 1, rooms };
  const answer = await world.callInternal<{ closeRooms: unknown }>('/internal/nodes/nd_1/heartbeat', body);
  await sweep();
  return answer.body.closeRooms;
}

const exists = async (id: string) => (await world.call(`/v1/rooms/${id}`)).status === 200;
const join = (token: string) => world.post('/v1/join', {}, token);
const held = (id: string, participants: number): Told => ({ id, epoch: 1, participants });
const endings = async (id: string) =>
  (await world.store.outbox.pending(id.slice(3)))
    .filter(({ head }) => head.type === 'room.ended')
    .map(({ body }) => (JSON.parse(body) as { data: object }).data);

test('a room to which nobody comes ends when it has been empty for as long as it may be, and webhooks are told', async () => {
  const { room, token } = await world.roomWithToken({ name: 'algebra', emptyDurationSeconds: 60 });
  await pass(59);
  expect(await exists(room.id)).toBe(true);
  await pass(1);
  expect(await exists(room.id)).toBe(false);
  expect(await endings(room.id)).toEqual([{ id: room.id, name: 'algebra', reason: 'empty' }]);
  expect((await join(token)).body).toMatchObject({ code: 'room-not-found' });
  expect((await world.post('/v1/rooms', { name: 'algebra' })).status).toBe(201);
});

test('a room is not empty while its node tells of somebody, and is from when it tells of nobody', async () => {
  const { room, token } = await world.roomWithToken({ emptyDurationSeconds: 60 });
  await join(token);
  await pass(1, [held(room.id, 1)]);
  for (let minutes = 0; minutes < 20; minutes += 1) await pass(60, [held(room.id, 1)]);
  // One who is not shown stays: that is nobody.
  await pass(60, [held(room.id, 0)]);
  await pass(59);
  expect(await exists(room.id)).toBe(true);
  await pass(1);
  expect([await exists(room.id), await endings(room.id)]).toMatchObject([false, [{ reason: 'empty' }]]);
});

test('a room to which somebody was sent does not end before they may have come', async () => {
  const { room, token } = await world.roomWithToken({ emptyDurationSeconds: 60 });
  await pass(59);
  await join(token);
  await pass(120);
  await join(token);
  await pass(149);
  expect(await exists(room.id)).toBe(true);
  await pass(1);
  expect(await exists(room.id)).toBe(false);
});

/** After so many turns at the store. */
async function after<Done>(turns: number, act: () => Promise<Done>): Promise<Done> {
  for (let turn = 0; turn < turns; turn += 1) await world.store.rooms.idOf('nobody');
  return act();
}

test('of a room that ends just when somebody is sent there, either they are not or it goes on', async () => {
  const outcomes: Record<string, number> = {};
  for (let round = 0; round < 80; round += 1) {
    const { room, token } = await world.roomWithToken({ emptyDurationSeconds: 60 });
    if (round % 2 === 0) await join(token);
    world.nowMs += 200_000;
    await world.registerNode('nd_1');
    const sent = after(4, () => allocate(world.context, room.id)).then(
      () => 'sent' as const,
      (error: Refusal) => error.code,
    );
    const [outcome] = await Promise.all([sent, after(Math.floor(round / 8), sweep)]);
    expect(await exists(room.id)).toBe(outcome === 'sent');
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  expect(Object.keys(outcomes).toSorted()).toEqual(['room-not-found', 'sent']);
  expect(faults).toEqual([]);
});

test('a room that is as old as it may be ends whoever is in it, and what goes on in it ends', async () => {
  await world.registerGateway('gw_1');
  const { room, token } = await world.roomWithToken({ maxDurationSeconds: 3600 });
  await join(token);
  const { body: egress } = await world.post<Egress>('/v1/egresses', { room: room.id, outputs: [{ type: 'hls' }] });
  await pass(3599, [held(room.id, 2)]);
  expect(await exists(room.id)).toBe(true);
  await pass(1, [held(room.id, 2)]);
  expect([await exists(room.id), await endings(room.id)]).toMatchObject([false, [{ reason: 'max-duration' }]]);
  expect(await pass(5, [held(room.id, 2)])).toEqual([{ id: room.id, reason: 'room-ended' }]);
  expect((await world.call<Egress>(`/v1/egresses/${egress.id}`)).body).toMatchObject({
    status: 'stopped',
    reason: 'the room was open for as long as it may be',
  });
  expect((await world.store.nodes.get('nd_1'))?.reserved).toBe(0);
});

test('how long a room may last is changed while it lasts', async () => {
  const { room } = await world.roomWithToken({ emptyDurationSeconds: 60 });
  const change = async (body: object) => {
    const { revision } = (await world.store.rooms.get(room.id))!;
    const headers = { 'if-match': `"${revision}"` };
    return (await world.call(`/v1/rooms/${room.id}`, { method: 'PATCH', body, headers })).body;
  };
  expect(await change({ emptyDurationSeconds: 600 })).toMatchObject({ emptyDurationSeconds: 600 });
  await pass(599);
  expect(await change({ emptyDurationSeconds: null })).not.toHaveProperty('emptyDurationSeconds');
  await pass(86_400);
  expect(await change({ maxDurationSeconds: 90_000 })).toMatchObject({ maxDurationSeconds: 90_000 });
  expect(await exists(room.id)).toBe(true);
  await pass(3001);
  expect([await exists(room.id), await endings(room.id)]).toMatchObject([false, [{ reason: 'max-duration' }]]);
});

test('the room of a node that is lost is empty since the node was heard of last', async () => {
  const { room, token } = await world.roomWithToken({ emptyDurationSeconds: 300 });
  await join(token);
  await pass(1, [held(room.id, 3)]);
  await pass(600, [held(room.id, 3)]);
  world.nowMs += 299_000;
  await sweep();
  expect(await exists(room.id)).toBe(true);
  // It was cut off alone.
  await pass(0, [held(room.id, 3)]);
  world.nowMs += 299_000;
  await sweep();
  expect(await exists(room.id)).toBe(true);
  world.nowMs += 1000;
  await sweep();
  expect(await exists(room.id)).toBe(false);
});

test('what goes on in a room that is gone ends also when whoever deleted it died in the midst of that', async () => {
  await world.registerGateway('gw_1');
  const { room } = await world.roomWithToken();
  const { body: egress } = await world.post<Egress>('/v1/egresses', { room: room.id, outputs: [{ type: 'hls' }] });
  const place = { id: room.id, name: room.name };
  const event = { type: 'room.deleted', createdAtMs: world.nowMs, room: place, data: place } as const;
  await world.store.rooms.delete((await world.store.rooms.get(room.id))!, event);
  const read = async () => (await world.call<Egress>(`/v1/egresses/${egress.id}`)).body;
  await pass(5);
  expect(await read()).toMatchObject({ status: 'starting' });
  await pass(30);
  expect(await read()).toMatchObject({ status: 'stopped', reason: 'the room was deleted' });
  expect(await world.store.rooms.due(world.nowMs + 1e9, 10)).toEqual([]);
});

test('one run has a bounded number of rooms to end, the next ones the others; several at once end each once', async () => {
  const rooms: { id: string }[] = [];
  for (let count = 0; count < 450; count += 1)
    rooms.push((await world.post<{ id: string }>('/v1/rooms', { emptyDurationSeconds: 60 })).body);
  const kept = (await world.post<{ id: string }>('/v1/rooms', { emptyDurationSeconds: 61 })).body;
  world.nowMs += 60_000;
  await Promise.all([sweep(), sweep(), sweep()]);
  for (let run = 0; run < 4; run += 1) await sweep();
  const left = await world.store.rooms.list({ limit: 100, after: undefined });
  expect(left.items.map(({ id }) => id)).toEqual([kept.id]);
  for (const { id } of rooms.slice(0, 50)) expect(await endings(id)).toHaveLength(1);
  expect(faults).toEqual([]);
});

test('the sweeper ends rooms', async () => {
  const { room } = await world.roomWithToken({ emptyDurationSeconds: 1 });
  world.nowMs += 1000;
  await world.sweep();
  expect([await exists(room.id), world.errors]).toEqual([false, []]);
});
