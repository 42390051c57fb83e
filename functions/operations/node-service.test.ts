import type { NodeHeartbeatAnswer } from '@muon/contract/internal.ts';
import type { Joined } from '@muon/contract/join.ts';
import type { NodeResource } from '@muon/contract/node.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.registerNode('nd_1');
});

const join = (token: string) => world.post<Joined>('/v1/join', undefined, token);
const act = (verb: string, body?: object) => world.post<NodeResource>(`/v1/nodes/nd_1/${verb}`, body);
const statusOf = async (id: string) => (await world.call<NodeResource>(`/v1/nodes/${id}`)).body.status;

async function beat(id: string, rooms: object[] = []): Promise<NodeHeartbeatAnswer> {
  const path = `/internal/nodes/${id}/heartbeat`;
  return (await world.callInternal<NodeHeartbeatAnswer>(path, { generation: 1, rooms })).body;
}

/** A room that nd_1 holds, while there is a second node. */
async function heldRoom(): Promise<{ room: { id: string }; token: string }> {
  const made = await world.roomWithToken();
  expect((await join(made.token)).body.node.id).toBe('nd_1');
  await world.registerNode('nd_2');
  world.nowMs += 1000;
  return made;
}

describe('a node', () => {
  test('is shown to its operator, and as lost when it is not heard of', async () => {
    await heldRoom();
    const { body } = await world.call<{ data: NodeResource[] }>('/v1/nodes');
    expect(body.data.map(({ id, status, reserved }) => [id, status, reserved])).toEqual([
      ['nd_1', 'ready', 10],
      ['nd_2', 'ready', 0],
    ]);
    world.nowMs += 10_000;
    expect(await statusOf('nd_2')).toBe('lost');
    expect(await world.call('/v1/nodes/nd_9')).toMatchObject({ status: 404, body: { code: 'node-not-found' } });
  });

  test('that is cordoned gets no new rooms, keeps its own, and gets new ones again afterwards', async () => {
    const { token } = await heldRoom();
    expect((await act('cordon')).body.status).toBe('cordoned');
    expect((await join(token)).body.node.id).toBe('nd_1');
    for (let index = 0; index < 5; index += 1)
      expect((await join((await world.roomWithToken()).token)).body.node.id).toBe('nd_2');
    await act('uncordon');
    expect(await statusOf('nd_1')).toBe('ready');
    await world.post('/v1/nodes/nd_2/cordon');
    world.nowMs += 1000;
    expect((await join((await world.roomWithToken()).token)).body.node.id).toBe('nd_1');
  });

  test('stays cordoned when it starts again', async () => {
    await act('cordon');
    await world.registerNode('nd_1', { generation: 2 });
    expect(await statusOf('nd_1')).toBe('cordoned');
  });

  test('that is cordoned at the very moment is not chosen from an old list', async () => {
    const { token } = await world.roomWithToken();
    await world.context.fleet.nodes();
    await act('cordon');
    expect((await join(token)).body).toMatchObject({ code: 'no-node-available' });
  });
});

describe('a node that drains', () => {
  test('keeps its rooms until its time is over, then they move', async () => {
    const { room, token } = await heldRoom();
    const held = [{ id: room.id, epoch: 1, participants: 2 }];
    const { body } = await act('drain', { timeoutSeconds: 10 });
    expect([body.status, body.drainUntil]).toEqual(['draining', new Date(world.nowMs + 10_000).toISOString()]);
    world.nowMs += 1400;
    expect((await beat('nd_1', held)).closeRooms).toEqual([]);
    expect((await join(token)).body.node.id).toBe('nd_1');
    world.nowMs += 8600;
    expect((await beat('nd_1', held)).closeRooms).toEqual([{ id: room.id, reason: 'room-moved' }]);
    expect(await statusOf('nd_1')).toBe('drained');
    await beat('nd_2');
    expect((await join(token)).body.node.id).toBe('nd_2');
    expect((await beat('nd_1')).closeRooms).toEqual([]);
  });

  test('that is uncordoned in time loses nothing', async () => {
    const { room } = await heldRoom();
    await act('drain', { timeoutSeconds: 10 });
    expect((await act('uncordon')).body.drainUntil).toBeUndefined();
    world.nowMs += 11_000;
    expect((await beat('nd_1', [{ id: room.id, epoch: 1, participants: 2 }])).closeRooms).toEqual([]);
  });
});
