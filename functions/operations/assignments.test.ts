import { beforeEach, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.registerGateway('gw_1');
});

const wait = (seen: number, generation = 1) =>
  world.callInternal<{ version: number; code?: string }>('/internal/gateways/gw_1/assignments', { generation, seen });
const beat = async () => {
  const body = { generation: 1, egresses: [] };
  return (await world.callInternal<{ version: number; egresses: object[] }>('/internal/gateways/gw_1/heartbeat', body))
    .body;
};

test('a gateway that waits hears of each change of what it is to run', async () => {
  const { version: before } = await beat();
  const { room } = await world.roomWithToken();
  const waiting = wait(before);
  const { body: egress } = await world.post<{ id: string }>('/v1/egresses', {
    room: room.id,
    outputs: [{ type: 'hls' }],
  });
  const { version: created } = (await waiting).body;
  expect(created).toBeGreaterThan(before);
  expect(await beat()).toMatchObject({ version: created, egresses: [{ id: egress.id }] });

  const stopped = wait(created);
  await world.call(`/v1/egresses/${egress.id}`, { method: 'DELETE' });
  expect((await stopped).body.version).toBeGreaterThan(created);
  expect((await beat()).egresses).toEqual([]);
});

test('a gateway that has missed a change hears of it at once, and nothing when nothing changes', async () => {
  const { version } = await beat();
  expect((await wait(version + 1)).body).toEqual({ version });
  expect((await wait(version)).body).toEqual({ version });
});

test('a gateway that is cordoned gets nothing new, and takes nothing over', async () => {
  const { room } = await world.roomWithToken();
  const create = () => world.post<{ id: string }>('/v1/egresses', { room: room.id, outputs: [{ type: 'hls' }] });
  await create();
  await world.store.gateways.cordon('gw_1', world.nowMs);
  expect(await create()).toMatchObject({ status: 503, body: { code: 'no-gateway-available' } });

  await world.registerGateway('gw_2');
  await world.store.gateways.cordon('gw_2', world.nowMs);
  world.nowMs += 10_000;
  const body = { generation: 1, egresses: [] };
  const { body: answer } = await world.callInternal('/internal/gateways/gw_2/heartbeat', body);
  expect(answer).toMatchObject({ egresses: [] });
  expect(await world.store.egresses.assignedTo('gw_1')).toHaveLength(1);
});

test('a gateway of an earlier life is asked to register', async () => {
  await world.registerGateway('gw_1', { generation: 2 });
  expect((await wait(0)).body.code).toBe('not-found');
});
