import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, test } from 'vitest';
import type { Call } from '../domain/call.ts';
import type { Room } from '../domain/room.ts';
import type { Store } from '../domain/store.ts';
import { keys } from '../store/keys.ts';
import { newEgress, newGateway, newRoom, openTestStore } from '../store/store.fixture.ts';
import { clearRoom } from './clear-room.ts';

const NOW = Date.UTC(2026, 0, 31);
const alive = { aliveSinceMs: NOW - 1000 };

let store: Store;
let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeEach(async () => {
  opened = await openTestStore();
  ({ store } = opened);
  await store.gateways.register(newGateway('gw_1', { capacity: 1000 }), NOW);
});

let calls = 0;

async function startEgress(room: Room): Promise<string> {
  const egress = newEgress(room, 'gw_1');
  expect(await store.egresses.create(egress, alive)).toBe('created');
  return egress.id;
}

async function startCall(room: Room): Promise<string> {
  const call: Call = {
    id: `ca_${(calls += 1)}`,
    status: 'starting',
    room: { id: room.id, name: room.name },
    trunk: 'tr_1',
    to: '+4930333',
    identity: 'phone',
    name: 'Phone',
    gatewayId: 'gw_1',
    createdAt: new Date(NOW + calls).toISOString(),
    revision: 1,
  };
  expect(await store.calls.create(call, alive)).toBe('created');
  return call.id;
}

async function openRoom(): Promise<Room> {
  const room = newRoom();
  expect(await store.rooms.create(room)).toBe('created');
  return room;
}

/** Deletes a room, and gives how many requests it took to clear it. */
async function clear(room: Room): Promise<number> {
  const event = { type: 'room.deleted', createdAtMs: NOW, room, data: {} } as const;
  expect(await store.rooms.delete((await store.rooms.get(room.id))!, event)).toBe('deleted');
  const before = opened.sent.length;
  await clearRoom({ store, clock: () => NOW }, room.id, 'the room was deleted');
  return opened.sent.length - before;
}

const egressIs = async (id: string) => (await store.egresses.get(id))?.status;
const callIs = async (id: string) => (await store.calls.get(id))?.status;

test('what goes on in a room ends with it, and what goes on in others does not', async () => {
  const [room, other] = [await openRoom(), await openRoom()];
  const [egress, call] = [await startEgress(room), await startCall(room)];
  const others = [await startEgress(other), await startCall(other)] as const;
  expect(await store.rooms.live(room.id)).toEqual({ egresses: [egress], calls: [call] });
  await clear(room);
  expect([await egressIs(egress), await callIs(call)]).toEqual(['stopped', 'ended']);
  expect([await egressIs(others[0]), await callIs(others[1])]).toEqual(['starting', 'starting']);
  expect(await store.rooms.live(room.id)).toEqual({ egresses: [], calls: [] });
});

test('a room with a long history is cleared in as few requests as a new one', async () => {
  const [room, fresh] = [await openRoom(), await openRoom()];
  for (let count = 0; count < 150; count += 1) {
    const egress = (await store.egresses.get(await startEgress(room)))!;
    await store.egresses.advance(egress as never, { status: 'stopped' }, {});
    const call = (await store.calls.get(await startCall(room)))!;
    await store.calls.advance(call, { status: 'ended' });
  }
  const live = await startEgress(room);
  await startEgress(fresh);
  const before = opened.sent.length;
  const requests = await clear(room);
  expect(requests).toBe(await clear(fresh));
  expect(await egressIs(live)).toBe('stopped');
  // One look at what goes on: nothing that is over is read.
  const looks = opened.sent.slice(before).filter((request) => 'KeyConditionExpression' in (request as object));
  expect(looks).toHaveLength(2);
});

test('of broadcasts that are started just when their room goes, each has ended or was never there', async () => {
  for (let round = 0; round < 10; round += 1) {
    const room = await openRoom();
    const egresses = Array.from({ length: 5 }, () => newEgress(room, 'gw_1'));
    const [, ...outcomes] = await Promise.all([
      clear(room),
      ...egresses.map((egress) => store.egresses.create(egress, alive)),
    ]);
    for (const [index, outcome] of outcomes.entries())
      expect(await egressIs(egresses[index]!.id)).toBe(outcome === 'created' ? 'stopped' : undefined);
  }
});

test('what an earlier version started, without a list, ends with its room all the same', async () => {
  const room = await openRoom();
  const [egress, call] = [await startEgress(room), await startCall(room)];
  const client = DynamoDBDocumentClient.from(opened.client);
  for (const Key of [keys.live(room.id, 'egress', egress), keys.live(room.id, 'call', call)])
    await client.send(new DeleteCommand({ TableName: opened.tableName, Key }));
  expect(await store.rooms.live(room.id)).toEqual({ egresses: [], calls: [] });
  await store.gateways.listLive('gw_1');
  await store.gateways.listLive('gw_1');
  expect(await store.rooms.live(room.id)).toEqual({ egresses: [egress], calls: [call] });
  await clear(room);
  expect([await egressIs(egress), await callIs(call)]).toEqual(['stopped', 'ended']);
  await store.gateways.listLive('gw_1');
  expect(await store.rooms.live(room.id)).toEqual({ egresses: [], calls: [] });
});
