import type { NodeResource } from '@muon/contract/node.ts';
import { beforeEach, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';
import { lineOf } from '../domain/event.ts';
import { endRooms } from './end-rooms.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});

const ID = 'nd_i-0123456789abcdef0-3';

const beat = (rooms: object[] = []) => world.callInternal(`/internal/nodes/${ID}/heartbeat`, { generation: 1, rooms });
const sweep = () => endRooms(world.context, { staleMs: 3000, failed: (error) => void world.errors.push(error) });

async function told(id = ID): Promise<NodeResource[]> {
  const pending = await world.store.outbox.pending(`nd-${id.slice(3)}`);
  return pending.map(({ body }) => (JSON.parse(body) as { data: NodeResource }).data);
}

async function types(id = ID): Promise<string[]> {
  const pending = await world.store.outbox.pending(`nd-${id.slice(3)}`);
  return pending.map(({ head }) => head.type);
}

test('each start of a node is told once, and nothing of one that goes on as it is', async () => {
  await world.registerNode(ID);
  await world.registerNode(ID);
  await beat();
  await sweep();
  await Promise.all([world.registerNode(ID, { generation: 2 }), world.registerNode(ID, { generation: 2 })]);
  expect(await types()).toEqual(['node.registered', 'node.registered']);
  expect((await told())[0]).toMatchObject({ id: ID, status: 'ready', reserved: 0 });
});

test('a node that is lost is told of once, however many notice it, and again when it comes back', async () => {
  await world.registerNode(ID);
  world.nowMs += 2999;
  await sweep();
  world.nowMs += 1;
  await Promise.all([sweep(), sweep(), sweep()]);
  world.nowMs += 60_000;
  await sweep();
  expect(await types()).toEqual(['node.registered', 'node.lost']);
  await Promise.all([beat(), beat()]);
  await sweep();
  expect(await types()).toEqual(['node.registered', 'node.lost', 'node.ready']);
  expect((await told()).map(({ status }) => status)).toEqual(['ready', 'lost', 'ready']);
  expect(world.errors).toEqual([]);
});

test('a node that is drained is told of until it has ended', async () => {
  await world.registerNode(ID);
  const { room, token } = await world.roomWithToken();
  await world.post('/v1/join', {}, token);
  const held = [{ id: room.id, epoch: 1, participants: 1 }];
  await beat(held);
  await world.post(`/v1/nodes/${ID}/cordon`);
  await beat(held);
  await world.post(`/v1/nodes/${ID}/drain`, { timeoutSeconds: 60 });
  await beat(held);
  world.nowMs += 60_000;
  await beat(held);
  await beat();
  world.nowMs += 10_000;
  await sweep();
  await sweep();
  const ends = ['node.cordoned', 'node.draining', 'node.drained', 'node.ended'];
  expect(await types()).toEqual(['node.registered', ...ends]);
  expect((await world.call<NodeResource>(`/v1/nodes/${ID}`)).body.status).toBe('lost');
});

test('webhooks are told of nodes if their maker may read nodes, in no room', async () => {
  const webhook = { url: 'https://example.com/events', events: ['node.*'] };
  const scopes = ['webhooks:write', 'rooms:read'];
  const { body } = await world.post<{ secret: string }>('/v1/keys', { name: 'narrow', scopes });
  expect((await world.post('/v1/webhooks', webhook, body.secret)).body).toMatchObject({ code: 'forbidden' });
  const { body: created } = await world.post<{ id: string }>('/v1/webhooks', webhook);
  await world.registerNode(ID);
  await world.sweep();
  const { body: log } = await world.call<{ data: { event: object }[] }>(`/v1/webhooks/${created.id}/deliveries`);
  expect(log.data).toHaveLength(1);
  expect(log.data[0]!.event).toMatchObject({ type: 'node.registered' });
  expect(log.data[0]!.event).not.toHaveProperty('room');
});

test('the longest id of a node leaves room in that of an event', () => {
  const event = { type: 'node.lost', createdAtMs: 0, data: {}, node: `nd_${'a'.repeat(64)}` } as const;
  expect(`${lineOf(event)}-000000000`.length).toBeLessThanOrEqual(64);
});
