import type { Egress } from '@muon/contract/egress.ts';
import type { Room } from '@muon/contract/room.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';
import type { Fault } from '../store/store.fixture.ts';

const autoEgress = { layout: 'focus', outputs: [{ type: 'hls' }, { type: 'rtmp-pull' }] } as const;

let world: World;
let faultOf: (operation: string) => Fault;
beforeEach(async () => {
  faultOf = () => undefined;
  world = await World.open({ faultOf: (operation) => faultOf(operation) });
  await world.registerNode('nd_1');
});

/** A room to whose node somebody was sent. */
async function joinedRoom(body: object = { autoEgress }): Promise<Room> {
  const { room, token } = await world.roomWithToken(body);
  expect((await world.post('/v1/join', {}, token)).status).toBe(200);
  return room as Room;
}

/** A node tells who is in the room. */
const beat = ({ id }: Room, participants: number, { node = 'nd_1', epoch = 1 } = {}) =>
  world.callInternal(`/internal/nodes/${node}/heartbeat`, { generation: 1, rooms: [{ id, epoch, participants }] });
const egressesOf = async ({ id }: Room) => (await world.call<{ data: Egress[] }>(`/v1/egresses?room=${id}`)).body.data;
const read = async ({ id }: Room) => (await world.call<Room>(`/v1/rooms/${id}`)).body;
const patch = (room: Room, body: object) => world.call<Room>(`/v1/rooms/${room.id}`, { method: 'PATCH', body });
const failures = async (room: Room) =>
  (await world.store.outbox.pending(room.id.slice(3)))
    .filter(({ head }) => head.type === 'egress.failed')
    .map(({ body }) => (JSON.parse(body) as { data: Egress }).data);

describe('with a gateway', () => {
  beforeEach(() => world.registerGateway('gw_1', { capacity: 10 }));

  test('the broadcast starts when somebody is in the room, not when they are only sent there', async () => {
    const room = await joinedRoom();
    await beat(room, 0);
    expect(await egressesOf(room)).toEqual([]);
    expect((await read(room)).autoEgress).toMatchObject(autoEgress);
    await beat(room, 1);
    const [egress] = await egressesOf(room);
    expect(egress).toMatchObject({ status: 'starting', layout: 'focus', encoding: { width: 1280 } });
    expect(egress!.outputs).toMatchObject([
      { type: 'hls', playlistUrl: expect.any(String) as string },
      { type: 'rtmp-pull' },
    ]);
    expect((await read(room)).autoEgress).toEqual({
      ...autoEgress,
      record: false,
      encoding: egress!.encoding,
      egressId: egress!.id,
    });
    const body = { generation: 1, egresses: [] };
    const { body: told } = await world.callInternal('/internal/gateways/gw_1/heartbeat', body);
    expect(told).toMatchObject({ egresses: [{ id: egress!.id, layout: 'focus' }] });
  });

  test('there is one in the life of a room: also when all went, it was stopped, and another template was given', async () => {
    const room = await joinedRoom();
    await Promise.all([beat(room, 1), beat(room, 2), beat(room, 1)]);
    const [egress] = await egressesOf(room);
    await world.call(`/v1/egresses/${egress!.id}`, { method: 'DELETE' });
    for (const participants of [0, 1, 0, 3]) await beat(room, participants);
    await patch(room, { autoEgress: null });
    await patch(room, { autoEgress: { outputs: [{ type: 'hls' }] } });
    await beat(room, 1);
    expect((await egressesOf(room)).map(({ id, status }) => [id, status])).toEqual([[egress!.id, 'stopped']]);
    expect((await read(room)).autoEgress).toMatchObject({ layout: 'grid', egressId: egress!.id });
  });

  test('it starts also when the template comes while somebody is there, and not when it was taken away', async () => {
    const [late, taken] = [await joinedRoom({}), await joinedRoom()];
    await beat(late, 1);
    expect((await patch(late, { autoEgress })).status).toBe(200);
    expect((await patch(taken, { autoEgress: null })).body).not.toHaveProperty('autoEgress');
    await beat(late, 1);
    await beat(taken, 1);
    expect([await egressesOf(late), await egressesOf(taken)]).toMatchObject([[{ layout: 'focus' }], []]);
  });

  test('other changes of the room leave it as it is', async () => {
    const room = await joinedRoom();
    expect((await patch(room, { locked: true })).body.autoEgress).toMatchObject(autoEgress);
    await beat(room, 1);
    expect(await egressesOf(room)).toHaveLength(1);
  });

  test('it is one when the room moves to another node, and a node that was cut off starts none', async () => {
    const room = await joinedRoom();
    await world.registerNode('nd_1', { generation: 1 });
    world.nowMs += 60_000;
    await world.registerNode('nd_2');
    await world.registerGateway('gw_1', { capacity: 10 });
    const { body } = await world.post<{ token: string }>(`/v1/rooms/${room.id}/tokens`, { identity: 'bob' });
    await world.post('/v1/join', {}, body.token);
    await beat(room, 1);
    expect(await egressesOf(room)).toEqual([]);
    const moved = { node: 'nd_2', epoch: 2 };
    await Promise.all([beat(room, 1), beat(room, 1, moved), beat(room, 1, moved)]);
    expect(await egressesOf(room)).toHaveLength(1);
  });

  test('it ends with the room', async () => {
    const room = await joinedRoom();
    await beat(room, 1);
    const [egress] = await egressesOf(room);
    await world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' });
    expect((await world.call<Egress>(`/v1/egresses/${egress!.id}`)).body).toMatchObject({ status: 'stopped' });
  });

  test('it is one, and the heartbeat is answered, whatever the database does', async () => {
    const rooms = await Promise.all(Array.from({ length: 6 }, () => joinedRoom()));
    const faults: Fault[] = ['throttled', 'conflict', 'answer-lost', undefined];
    let count = 0;
    faultOf = (operation) => (operation === 'TransactWriteItems' ? faults[count++ % faults.length] : undefined);
    const told = rooms.map(({ id }) => ({ id, epoch: 1, participants: 1 }));
    for (let beats = 0; beats < 8; beats += 1) {
      const answer = await world.callInternal('/internal/nodes/nd_1/heartbeat', { generation: 1, rooms: told });
      expect(answer.status).toBe(200);
    }
    faultOf = () => undefined;
    for (const room of rooms) expect(await egressesOf(room)).toHaveLength(1);
    expect((await world.store.gateways.get('gw_1'))?.reserved).toBe(6);
    expect(world.errors).toEqual([]);
  });
});

describe('recorded', () => {
  beforeEach(() => world.registerGateway('gw_1', { capacity: 10 }));

  test('a room is recorded by itself from its first participant on, once, however many heartbeats tell of them', async () => {
    const room = await joinedRoom({ autoRecord: true });
    await beat(room, 0);
    expect(await egressesOf(room)).toEqual([]);
    await Promise.all(Array.from({ length: 8 }, (_, participants) => beat(room, participants + 1)));
    const [egress, ...others] = await egressesOf(room);
    expect(others).toEqual([]);
    expect(egress).toMatchObject({ layout: 'grid', encoding: { width: 1280 }, outputs: [], recordings: [] });
    expect((await world.store.gateways.get('gw_1'))?.reserved).toBe(1);
    await world.call(`/v1/egresses/${egress!.id}`, { method: 'DELETE' });
    for (const participants of [0, 1]) await beat(room, participants);
    expect(await egressesOf(room)).toHaveLength(1);
  });

  test('with a broadcast that starts by itself, it is that one which is recorded', async () => {
    const room = await joinedRoom({ autoEgress, autoRecord: true });
    expect(await read(room)).toMatchObject({ autoRecord: true, autoEgress: { record: false } });
    await Promise.all(Array.from({ length: 8 }, () => beat(room, 1)));
    const all = await egressesOf(room);
    expect(all).toMatchObject([{ layout: 'focus', outputs: [{ type: 'hls' }, { type: 'rtmp-pull' }], recordings: [] }]);
    expect((await read(room)).autoEgress).toMatchObject({ egressId: all[0]!.id });
  });

  test('it begins also when it is asked for while somebody is there, and not when it was taken back', async () => {
    const [late, taken] = [await joinedRoom({}), await joinedRoom({ autoRecord: true })];
    expect(await read(late)).toMatchObject({ autoRecord: false });
    await beat(late, 1);
    expect((await patch(late, { autoRecord: true })).body).toMatchObject({ autoRecord: true });
    expect((await patch(taken, { autoRecord: false })).body).toMatchObject({ autoRecord: false });
    expect((await patch(late, { locked: true })).body).toMatchObject({ autoRecord: true });
    await beat(late, 1);
    await beat(taken, 1);
    expect([await egressesOf(late), await egressesOf(taken)]).toMatchObject([[{ recordings: [] }], []]);
  });

  test('it ends with the room', async () => {
    const room = await joinedRoom({ autoRecord: true });
    await beat(room, 1);
    const [egress] = await egressesOf(room);
    await world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' });
    expect((await world.call<Egress>(`/v1/egresses/${egress!.id}`)).body).toMatchObject({ status: 'stopped' });
  });

  test('it is one, whatever the database does', async () => {
    const rooms = await Promise.all(Array.from({ length: 4 }, () => joinedRoom({ autoRecord: true })));
    const faults: Fault[] = ['throttled', 'conflict', 'answer-lost', undefined];
    let count = 0;
    faultOf = (operation) => (operation === 'TransactWriteItems' ? faults[count++ % faults.length] : undefined);
    const told = rooms.map(({ id }) => ({ id, epoch: 1, participants: 1 }));
    for (let beats = 0; beats < 6; beats += 1)
      await world.callInternal('/internal/nodes/nd_1/heartbeat', { generation: 1, rooms: told });
    faultOf = () => undefined;
    for (const room of rooms) expect(await egressesOf(room)).toMatchObject([{ recordings: [] }]);
    expect(world.errors).toEqual([]);
  });
});

describe('without a gateway', () => {
  test('it starts as soon as there is one', async () => {
    const room = await joinedRoom();
    await beat(room, 1);
    world.nowMs += 200_000;
    await beat(room, 1);
    expect(await egressesOf(room)).toEqual([]);
    await world.registerGateway('gw_1');
    await beat(room, 1);
    expect(await egressesOf(room)).toMatchObject([{ status: 'starting' }]);
  });

  test('it fails after five minutes with somebody there, and webhooks are told why', async () => {
    const room = await joinedRoom();
    await beat(room, 1);
    world.nowMs += 299_999;
    await beat(room, 1);
    expect(await egressesOf(room)).toEqual([]);
    world.nowMs += 1;
    await Promise.all([beat(room, 1), beat(room, 1)]);
    const [egress] = await egressesOf(room);
    expect(egress).toMatchObject({ status: 'failed', reason: 'no gateway had a place for it' });
    expect(egress!.outputs.map(({ type, playlistUrl, pullUrl }) => [type, playlistUrl, pullUrl])).toEqual([
      ['hls', undefined, undefined],
      ['rtmp-pull', undefined, undefined],
    ]);
    expect(await failures(room)).toEqual([egress]);
    expect((await read(room)).autoEgress).toMatchObject({ egressId: egress!.id });
    await world.registerGateway('gw_1');
    await beat(room, 1);
    expect(await egressesOf(room)).toEqual([egress]);
    expect((await world.call(`/v1/egresses/${egress!.id}`, { method: 'DELETE' })).body).toEqual(egress);
    const changed = await world.call(`/v1/egresses/${egress!.id}`, { method: 'PATCH', body: { layout: 'grid' } });
    expect(changed.body).toMatchObject({ code: 'egress-ended' });
  });

  test('the minutes are counted anew when all went meanwhile', async () => {
    const room = await joinedRoom();
    await beat(room, 1);
    await beat(room, 0);
    world.nowMs += 3_600_000;
    await beat(room, 1);
    world.nowMs += 60_000;
    await beat(room, 1);
    expect(await egressesOf(room)).toEqual([]);
    await world.registerGateway('gw_1');
    await beat(room, 1);
    expect(await egressesOf(room)).toMatchObject([{ status: 'starting' }]);
  });
});

test('who may not start broadcasts may not have a room start one', async () => {
  const scopes = ['rooms:read', 'rooms:write'];
  const { body: made } = await world.post<{ secret: string }>('/v1/keys', { name: 'rooms only', scopes });
  const refused = { status: 403, body: { code: 'forbidden' } };
  expect(await world.post('/v1/rooms', { autoEgress }, made.secret)).toMatchObject(refused);
  const { body: room } = await world.post<Room>('/v1/rooms', { autoEgress });
  const change = (body: object) => world.call(`/v1/rooms/${room.id}`, { method: 'PATCH', body, bearer: made.secret });
  expect(await change({ autoEgress })).toMatchObject(refused);
  expect((await change({ locked: true })).status).toBe(200);
  expect((await change({ autoEgress: null })).status).toBe(200);
  expect(await change({ autoRecord: true })).toMatchObject(refused);
  expect((await change({ autoRecord: false })).status).toBe(200);
});
