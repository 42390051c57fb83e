import { createRequire } from 'node:module';
import { egressTemplate } from '@muon/contract/egress-template.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Delivery } from '../domain/delivery.ts';
import type { PlacedEgress } from '../domain/egress.ts';
import { orderAfter } from '../domain/event.ts';
import type { Node } from '../domain/node.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import type { Room } from '../domain/room.ts';
import type { Store } from '../domain/store.ts';
import { newEgress, newGateway, newNode, newRoom, openTestStore } from './store.fixture.ts';

let store: Store;
let sent: readonly unknown[];

beforeAll(async () => {
  ({ store, sent } = await openTestStore());
});

const NOW = 1_000_000;
const options = { nowMs: NOW, aliveSinceMs: NOW - 1000, from: undefined };

async function createRoom(more: Partial<Room> = {}): Promise<Room> {
  const room = newRoom(more);
  expect(await store.rooms.create(room)).toBe('created');
  return room;
}

async function registerNode(id: string, more = {}): Promise<Node> {
  await store.nodes.register(newNode(id, more), NOW);
  return (await store.nodes.get(id))!;
}

async function placedRoom(node: Node, more: Partial<Room> = {}): Promise<Room> {
  const room = await createRoom(more);
  expect(await store.rooms.allocate(room, node, options)).toBe('allocated');
  return (await store.rooms.get(room.id))!;
}

const reservedOn = async (id: string) => (await store.nodes.get(id))?.reserved;

async function readAll<Item>(list: (page: PageRequest) => Promise<Page<Item>>, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  let after: PageRequest['after'];
  do {
    const page = await list({ limit, after });
    items.push(...page.items);
    after = page.next;
  } while (after);
  return items;
}

describe('rooms', () => {
  test('are read as they were written, whatever is in their metadata', async () => {
    const metadata = { '': 'empty', __proto__x: 'odd', lone: '\ud800', long: 'é'.repeat(500) };
    const room = await createRoom({ metadata });
    expect(await store.rooms.get(room.id)).toEqual(room);
    expect(await store.rooms.idOf(room.name)).toBe(room.id);
  });

  test('have a name each, however many ask for the same one at once', async () => {
    const rooms = Array.from({ length: 50 }, () => newRoom({ name: 'wanted-by-all' }));
    const outcomes = await Promise.all(rooms.map((room) => store.rooms.create(room)));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(await store.rooms.idOf('wanted-by-all')).toBe(rooms[outcomes.indexOf('created')]!.id);
  });

  test('free their name when they are deleted', async () => {
    const room = await createRoom();
    expect(await store.rooms.delete(room)).toBe('deleted');
    expect(await store.rooms.get(room.id)).toBeUndefined();
    await createRoom({ name: room.name });
    expect(await store.rooms.delete(room)).toBe('changed');
  });

  test('are listed newest first, each once, in pages that end', async () => {
    const { store: empty } = await openTestStore();
    const rooms = Array.from({ length: 7 }, () => newRoom());
    for (const room of rooms) await empty.rooms.create(room);
    for (const limit of [1, 3, 7, 100]) {
      const listed = await readAll((page) => empty.rooms.list(page), limit);
      expect(listed.map(({ id }) => id)).toEqual(rooms.map(({ id }) => id).toReversed());
    }
    expect((await empty.rooms.list({ limit: 7, after: undefined })).next).toBeUndefined();
  });
});

describe('bans', () => {
  test('are noted beside the room, which says when the last of them ends', async () => {
    const room = await createRoom();
    const ban = (identity: string, untilMs: number) => store.bans.put({ roomId: room.id, identity, untilMs });
    expect(await store.bans.untilMs(room.id, 'ada')).toBeUndefined();
    expect([await ban('ada', NOW + 60), await ban('bob', NOW + 30)]).toEqual(['put', 'put']);
    expect((await store.rooms.get(room.id))?.bansUntilMs).toBe(NOW + 60);
    expect(await store.bans.untilMs(room.id, 'bob')).toBe(NOW + 30);
    await ban('ada', NOW + 10);
    expect(await store.bans.untilMs(room.id, 'ada')).toBe(NOW + 10);
    expect(await store.bans.untilMs((await createRoom()).id, 'ada')).toBeUndefined();
  });

  test('however many are put at once are all there', async () => {
    const room = await createRoom();
    // Each number once, now longer than those before and now shorter.
    const bans = Array.from({ length: 30 }, (_, index) => ({
      roomId: room.id,
      identity: `user-${index}`,
      untilMs: NOW + ((7 * index) % 30),
    }));
    expect(new Set(await Promise.all(bans.map((ban) => store.bans.put(ban))))).toEqual(new Set(['put']));
    expect((await store.rooms.get(room.id))?.bansUntilMs).toBe(NOW + 29);
    const untilMs = await Promise.all(bans.map(({ roomId, identity }) => store.bans.untilMs(roomId, identity)));
    expect(untilMs).toEqual(bans.map((ban) => ban.untilMs));
  });

  test('are not put where there is no room', async () => {
    expect(await store.bans.put({ roomId: 'rm_none', identity: 'ada', untilMs: NOW })).toBe('room-gone');
    expect(await store.bans.untilMs('rm_none', 'ada')).toBeUndefined();
  });
});

describe('a node', () => {
  test('keeps what is reserved when it starts again, and does not listen to its former life', async () => {
    const node = await registerNode('nd_again', { generation: 5 });
    const room = await placedRoom(node);
    expect(await store.nodes.register(newNode('nd_again', { generation: 4 }), NOW)).toBe('outdated');
    expect(await store.nodes.register(newNode('nd_again', { generation: 6 }), NOW)).toBe('registered');
    expect(await reservedOn('nd_again')).toBe(10);
    expect(await store.nodes.rooms('nd_again')).toMatchObject([{ roomId: room.id, epoch: 1, occupied: false }]);
    expect(await store.nodes.beat('nd_again', { generation: 5, rooms: [] }, NOW)).toBe('unknown');
    const rooms = [{ id: room.id, epoch: 1, participants: 3 }];
    expect(await store.nodes.beat('nd_again', { generation: 6, rooms }, NOW + 5)).toBe('alive');
    expect(await store.nodes.get('nd_again')).toMatchObject({ heartbeatAtMs: NOW + 5, participants: 3 });
  });

  test('that was never registered is unknown', async () => {
    expect(await store.nodes.beat('nd_never', { generation: 1, rooms: [] }, NOW)).toBe('unknown');
    expect(await store.nodes.get('nd_never')).toBeUndefined();
  });

  test('never takes more than its capacity, however many rooms come at once', async () => {
    const node = await registerNode('nd_small', { capacity: 55 });
    const rooms = await Promise.all(Array.from({ length: 40 }, () => createRoom()));
    const outcomes = await Promise.all(rooms.map((room) => store.rooms.allocate(room, node, options)));
    expect(outcomes.filter((outcome) => outcome === 'allocated')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === 'node-full')).toHaveLength(35);
    expect(await reservedOn('nd_small')).toBe(50);
    expect(await store.nodes.rooms('nd_small')).toHaveLength(5);
  });

  test('is not given a room when it has not been heard of', async () => {
    const node = await registerNode('nd_silent');
    const outcome = await store.rooms.allocate(await createRoom(), node, { ...options, aliveSinceMs: NOW });
    expect(outcome).toBe('node-full');
  });
});

describe('the place of a room', () => {
  test('is one node, however many choose at once', async () => {
    const nodes = await Promise.all(['nd_one', 'nd_two'].map((id) => registerNode(id, { capacity: 1000 })));
    const room = await createRoom();
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) => store.rooms.allocate(room, nodes[index % 2]!, options)),
    );
    expect(outcomes.filter((outcome) => outcome === 'allocated')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'room-changed')).toHaveLength(59);
    expect((await reservedOn('nd_one'))! + (await reservedOn('nd_two'))!).toBe(10);
  });

  test('moves to another node once its own is dead, under the next epoch, and is given back there', async () => {
    const [dead, next] = await Promise.all([registerNode('nd_dead'), registerNode('nd_next')]);
    const room = await placedRoom(dead);
    expect(await store.rooms.allocate(room, next, { ...options, from: dead })).toBe('allocated');
    expect(await store.rooms.get(room.id)).toMatchObject({ epoch: 2, allocation: { nodeId: 'nd_next' } });
    expect([await reservedOn('nd_dead'), await reservedOn('nd_next')]).toEqual([0, 10]);
    expect(await store.nodes.rooms('nd_dead')).toEqual([]);
  });

  test('stays when the node that seemed dead is heard of again', async () => {
    const [dead, next] = await Promise.all([registerNode('nd_back'), registerNode('nd_other')]);
    const room = await placedRoom(dead);
    await store.nodes.beat('nd_back', { generation: 1, rooms: [] }, NOW + 1);
    expect(await store.rooms.allocate(room, next, { ...options, from: dead })).toBe('room-changed');
    expect([await reservedOn('nd_back'), await reservedOn('nd_other')]).toEqual([10, 0]);
  });

  test('is given back when the room is deleted', async () => {
    const room = await placedRoom(await registerNode('nd_deleted'));
    expect(await store.rooms.delete({ ...room, allocation: undefined })).toBe('changed');
    expect(await store.rooms.delete(room)).toBe('deleted');
    expect(await reservedOn('nd_deleted')).toBe(0);
    expect(await store.nodes.rooms('nd_deleted')).toEqual([]);
  });

  test('is given back when nobody uses it, but not when somebody was sent there meanwhile', async () => {
    const node = await registerNode('nd_unused');
    const room = await placedRoom(node);
    expect(await store.rooms.touch(room, NOW + 60_000)).toBe('touched');
    await store.rooms.release(room, NOW);
    expect(await reservedOn('nd_unused')).toBe(10);
    await store.rooms.release((await store.rooms.get(room.id))!, NOW);
    expect(await reservedOn('nd_unused')).toBe(0);
    expect(await store.rooms.touch(room, NOW)).toBe('changed');
    const released = (await store.rooms.get(room.id))!;
    expect(released.allocation).toBeUndefined();
    expect(await store.rooms.allocate(released, node, options)).toBe('allocated');
    expect((await store.rooms.get(room.id))?.epoch).toBe(2);
  });
});

const TEMPLATE = egressTemplate.parse({ outputs: [{ type: 'hls' }] });

describe('egresses', () => {
  const alive = { aliveSinceMs: NOW - 1000 };

  async function gateway(id: string, more = {}) {
    await store.gateways.register(newGateway(id, more), NOW);
    return (await store.gateways.get(id))!;
  }

  const reserved = async (id: string) => (await store.gateways.get(id))?.reserved;

  test('take a place each on their gateway, never more than it has', async () => {
    await gateway('gw_small', { capacity: 3 });
    const room = await createRoom();
    const egresses = Array.from({ length: 20 }, () => newEgress(room, 'gw_small'));
    const outcomes = await Promise.all(egresses.map((egress) => store.egresses.create(egress, alive)));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(3);
    expect(await reserved('gw_small')).toBe(3);
    expect(await store.egresses.assignedTo('gw_small')).toHaveLength(3);
  });

  test('are not started in a room that is gone', async () => {
    await gateway('gw_gone');
    expect(await store.egresses.create(newEgress(newRoom(), 'gw_gone'), alive)).toBe('room-gone');
    expect(await reserved('gw_gone')).toBe(0);
  });

  test('move on once, and give their place back when they end', async () => {
    await gateway('gw_states');
    const egress = newEgress(await createRoom(), 'gw_states');
    await store.egresses.create(egress, alive);
    expect(await store.egresses.advance(egress, { status: 'active' }, {})).toBe('advanced');
    const active = { ...egress, ...(await store.egresses.get(egress.id)) } as PlacedEgress;
    expect(await store.egresses.assignedTo('gw_states')).toEqual([active]);
    const endings = await Promise.all(
      Array.from({ length: 10 }, () =>
        store.egresses.advance(active, { status: 'failed', reason: 'why' }, { endedAt: '2026-01-01T00:00:00.000Z' }),
      ),
    );
    expect(endings.filter((outcome) => outcome === 'advanced')).toHaveLength(1);
    expect(await reserved('gw_states')).toBe(0);
    expect(await store.egresses.assignedTo('gw_states')).toEqual([]);
    expect(await store.egresses.get(egress.id)).toMatchObject({
      status: 'failed',
      reason: 'why',
      endedAt: '2026-01-01T00:00:00.000Z',
    });
  });

  test('are handed over by a gateway that is dead, and served from the other’s addresses', async () => {
    const dead = await gateway('gw_dead');
    const service = { kind: 'rtmp', hlsUrl: 'http://other/hls', rtmpUrl: 'rtmp://other/live' } as const;
    const other = { ...(await gateway('gw_other', { service })), service };
    const egress = newEgress(await createRoom(), 'gw_dead');
    await store.egresses.create(egress, alive);
    expect(await store.egresses.reassign(egress, dead, other, alive)).toBe('reassigned');
    expect(await store.egresses.reassign(egress, dead, other, alive)).toBe('changed');
    expect(await store.egresses.get(egress.id)).toMatchObject({ gatewayId: 'gw_other', hlsUrl: 'http://other/hls' });
    expect([await reserved('gw_dead'), await reserved('gw_other')]).toEqual([0, 1]);
    expect(await store.egresses.assignedTo('gw_dead')).toEqual([]);
  });

  test('that a room starts by itself are one, however many start it at once, also while the room moves', async () => {
    await gateway('gw_auto', { capacity: 50 });
    const [node, next] = await Promise.all([registerNode('nd_auto'), registerNode('nd_auto-next')]);
    const room = await placedRoom(node, { autoEgress: TEMPLATE });
    expect(await store.nodes.rooms(node.id)).toMatchObject([{ egressDue: true }]);
    const egresses = Array.from({ length: 20 }, () => newEgress(room, 'gw_auto'));
    const [moved, ...outcomes] = await Promise.all([
      store.rooms.allocate(room, next, { ...options, from: node }),
      ...egresses.map((egress) => store.egresses.createDue(egress, room, alive)),
    ]);
    // Whoever is overtaken reads again.
    if (moved === 'room-changed')
      await store.rooms.allocate((await store.rooms.get(room.id))!, next, { ...options, from: node });
    const now = (await store.rooms.get(room.id))!;
    expect(now).toMatchObject({ epoch: 2, allocation: { nodeId: next.id } });
    if (now.autoEgressId === undefined)
      outcomes.push(...(await Promise.all(egresses.map((egress) => store.egresses.createDue(egress, now, alive)))));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(await reserved('gw_auto')).toBe(1);
    const [made] = await store.egresses.assignedTo('gw_auto');
    expect((await store.rooms.get(room.id))?.autoEgressId).toBe(made!.id);
    expect(await store.nodes.rooms(next.id)).toMatchObject([{ epoch: 2, egressDue: false }]);
  });

  test('that a room starts by itself are not started by a template that was taken away or changed', async () => {
    await gateway('gw_taken');
    const node = await registerNode('nd_taken');
    const room = await placedRoom(node, { autoEgress: TEMPLATE });
    expect(await store.rooms.update(room, { ...room, autoEgress: undefined })).toBe('updated');
    expect(await store.nodes.rooms(node.id)).toMatchObject([{ egressDue: false }]);
    expect(await store.egresses.createDue(newEgress(room, 'gw_taken'), room, alive)).toBe('not-due');
    expect(await reserved('gw_taken')).toBe(0);
    const without = (await store.rooms.get(room.id))!;
    await store.rooms.update(without, { ...without, autoEgress: TEMPLATE });
    expect(await store.nodes.rooms(node.id)).toMatchObject([{ egressDue: true }]);
  });

  test('that never had a gateway are kept as failed, once, with their event', async () => {
    const room = await placedRoom(await registerNode('nd_failed'), { autoEgress: TEMPLATE });
    const { gatewayId: _, hlsUrl: __, rtmpUrl: ___, ...draft } = newEgress(room, 'gw_none', { status: 'failed' });
    const place = { id: room.id, name: room.name };
    const event = { type: 'egress.failed', createdAtMs: NOW, room: place, data: {} } as const;
    const fail = () => store.egresses.failDue(draft, room, event);
    expect(await Promise.all([fail(), fail()])).toEqual(expect.arrayContaining(['failed', 'not-due']));
    expect(await store.egresses.get(draft.id)).toEqual(draft);
    expect((await store.egresses.list({ roomId: room.id }, { limit: 5, after: undefined })).items).toEqual([draft]);
    expect((await store.outbox.pending(room.id.slice(3))).map(({ head }) => head.type)).toEqual(['egress.failed']);
  });

  test('are listed newest first, all or those of a room', async () => {
    await gateway('gw_list', { capacity: 10 });
    const room = await createRoom();
    const egresses = Array.from({ length: 3 }, () => newEgress(room, 'gw_list'));
    for (const egress of egresses) await store.egresses.create(egress, alive);
    const newestFirst = egresses.map(({ id }) => id).toReversed();
    const ofRoom = await readAll((page) => store.egresses.list({ roomId: room.id }, page), 2);
    expect(ofRoom.map(({ id }) => id)).toEqual(newestFirst);
    const all = await readAll((page) => store.egresses.list({}, page), 2);
    expect(all.map(({ id }) => id).slice(0, 3)).toEqual(newestFirst);
  });

  test('are listed by status, each once, however few are so', async () => {
    await gateway('gw_many', { capacity: 200 });
    const room = await createRoom();
    const egresses = Array.from({ length: 130 }, () => newEgress(room, 'gw_many'));
    for (const egress of egresses) await store.egresses.create(egress, alive);
    const stopped = [egresses[1]!, egresses[2]!, egresses[60]!, egresses[129]!];
    for (const egress of stopped) await store.egresses.advance(egress, { status: 'stopped' }, {});
    for (const limit of [1, 2, 4, 100]) {
      const listed = await readAll((page) => store.egresses.list({ roomId: room.id, status: 'stopped' }, page), limit);
      expect(listed.map(({ id }) => id)).toEqual(stopped.map(({ id }) => id).toReversed());
    }
    expect(await readAll((page) => store.egresses.list({ roomId: room.id, status: 'failed' }, page), 2)).toEqual([]);
  });

  test('are changed by one of those who have seen the same, and their gateway is to look', async () => {
    const before = await gateway('gw_patch');
    const egress = newEgress(await createRoom(), 'gw_patch');
    await store.egresses.create(egress, alive);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => store.egresses.update(egress, { layout: 'focus' })),
    );
    expect(outcomes.filter((outcome) => outcome === 'updated')).toHaveLength(1);
    // What was told of it as it was before changes nothing.
    expect(await store.egresses.advance(egress, { status: 'active' }, {})).toBe('changed');
    const changed = { ...egress, layout: 'focus', revision: 2 } as const;
    expect(await store.egresses.get(egress.id)).toEqual(changed);
    expect(await store.egresses.assignedTo('gw_patch')).toEqual([changed]);
    const version = async () => (await store.gateways.get('gw_patch'))!.assignmentVersion;
    expect(await version()).toBe(before.assignmentVersion + 2);
    await store.egresses.advance(changed, { status: 'stopped' }, {});
    expect(await version()).toBe(before.assignmentVersion + 3);
  });
});

describe('SIP trunks', () => {
  const trunk = (id: string, numbers: string[]) => ({
    id: `tr_${id}`,
    name: id,
    address: 'sip.example.com',
    transport: 'udp' as const,
    numbers,
    createdAt: new Date(NOW).toISOString(),
    revision: 1,
  });

  test('have a number each, however many ask for the same one at once', async () => {
    const wanted = Array.from({ length: 30 }, (_, index) => trunk(`race-${index}`, ['+4930111', `+49301120${index}`]));
    const outcomes = await Promise.all(wanted.map((each) => store.trunks.create(each)));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    // Those that were refused hold nothing.
    const loser = wanted[outcomes.indexOf('taken')]!;
    expect(await store.trunks.create({ ...loser, numbers: [loser.numbers[1]!] })).toBe('created');
  });

  test('give numbers back that they lose, and all when they are deleted', async () => {
    const one = trunk('one', ['+4930221', '+4930222']);
    expect([await store.trunks.create(one), await store.trunks.create(one)]).toEqual(['created', 'exists']);
    expect(await store.trunks.update(one, { numbers: ['+4930222', '+4930223'] })).toBe('updated');
    expect(await store.trunks.update(one, { name: 'late' })).toBe('changed');
    const two = trunk('two', ['+4930221']);
    expect(await store.trunks.create(two)).toBe('created');
    expect(await store.trunks.update(two, { numbers: ['+4930221', '+4930223'] })).toBe('taken');
    const held = (await store.trunks.get('tr_one'))!;
    expect(held).toEqual({ ...one, numbers: ['+4930222', '+4930223'], revision: 2 });
    expect([await store.trunks.delete(one), await store.trunks.delete(held)]).toEqual(['changed', 'deleted']);
    expect(await store.trunks.update(two, { numbers: ['+4930221', '+4930223'] })).toBe('updated');
    expect(await store.trunks.get('tr_one')).toBeUndefined();
  });
});

describe('dispatch rules', () => {
  const rule = (id: string, pin?: string) => ({
    id: `dr_${id}`,
    room: { id: 'rm_1', name: 'one' },
    priority: 100,
    ...(pin === undefined ? {} : { pin }),
    createdAt: new Date(NOW).toISOString(),
    revision: 1,
  });

  test('have a PIN each, however many ask for the same one at once', async () => {
    const rules = Array.from({ length: 50 }, (_, index) => rule(`race-${index}`, '271828'));
    const outcomes = await Promise.all(rules.map((each) => store.dispatchRules.create(each)));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(49);
  });

  test('free a PIN that is taken away; without one there may be any number', async () => {
    const [one, two] = [rule('one', '314159'), rule('two')];
    for (const each of [one, two, rule('three')]) expect(await store.dispatchRules.create(each)).toBe('created');
    expect(await store.dispatchRules.update(two, { pin: '314159' })).toBe('taken');
    expect(await store.dispatchRules.update(one, { pin: undefined })).toBe('updated');
    expect((await store.dispatchRules.get('dr_one'))!).not.toHaveProperty('pin');
    expect(await store.dispatchRules.update(two, { pin: '314159' })).toBe('updated');
    const all = (await store.dispatchRules.all()).map(({ id }) => id);
    for (const id of ['dr_one', 'dr_two', 'dr_three']) expect(all).toContain(id);
  });
});

describe('API keys', () => {
  const key = {
    id: 'abc',
    name: 'one',
    sha256: 'one',
    scopes: ['rooms:read'],
    createdAt: '2026-01-01T00:00:00.000Z',
    revision: 1,
  } as const;

  test('are kept as they were created, once', async () => {
    expect(await store.apiKeys.create(key)).toBe('created');
    expect(await store.apiKeys.create({ ...key, sha256: 'two' })).toBe('exists');
    expect(await store.apiKeys.get('abc')).toEqual(key);
    expect(await store.apiKeys.get('abd')).toBeUndefined();
  });

  test('are changed by one of those who have seen the same revision', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.apiKeys.update(key, { name: `name ${index}` })),
    );
    expect(outcomes.filter((outcome) => outcome === 'updated')).toHaveLength(1);
    expect((await store.apiKeys.get('abc'))!.revision).toBe(2);
  });

  test('are not brought back by a late note of their use', async () => {
    expect(await store.apiKeys.delete('abc')).toBe('deleted');
    expect(await store.apiKeys.delete('abc')).toBe('unknown');
    await store.apiKeys.touch('abc', '2026-01-02T00:00:00.000Z');
    expect(await store.apiKeys.get('abc')).toBeUndefined();
  });
});

describe('events', () => {
  const eventOf = (room: Room, createdAtMs = NOW) =>
    ({ type: 'room.created', createdAtMs, room: { id: room.id, name: room.name }, data: { id: room.id } }) as const;
  const lineOf = ({ id }: Room) => id.slice(3);
  const pendingOf = (room: Room) => store.outbox.pending(lineOf(room));

  test('are there if and only if the change is', async () => {
    const room = newRoom();
    expect(await store.rooms.create(room, eventOf(room))).toBe('created');
    expect(await store.rooms.create(newRoom({ name: room.name }), eventOf(room))).toBe('name-taken');
    const change = { maxParticipants: 5, metadata: {}, locked: false, autoRecord: false, password: undefined };
    expect(await store.rooms.update({ ...room, revision: 7 }, change, eventOf(room))).toBe('changed');
    expect(await pendingOf(room)).toMatchObject([
      { head: { type: 'room.created', room: { id: room.id, name: room.name } }, line: lineOf(room) },
    ]);
    expect(await store.outbox.lines()).toContain(lineOf(room));
  });

  test('stand in the order of their writes, whatever the clocks say', async () => {
    const room = newRoom();
    await store.rooms.create(room, eventOf(room));
    const change = { maxParticipants: 5, metadata: {}, locked: false, autoRecord: false, password: undefined };
    for (const [revision, createdAtMs] of [NOW - 5000, NOW + 5000, NOW + 5000].entries())
      await store.rooms.update({ ...room, revision: revision + 1 }, change, eventOf(room, createdAtMs));
    const pending = await pendingOf(room);
    expect(pending.map(({ head }) => Date.parse(head.createdAt) - NOW)).toEqual([0, -5000, 5000, 5000]);
    expect(new Set(pending.map(({ head }) => head.id)).size).toBe(4);
  });

  test('of changes to one room that nothing else holds apart are all there', async () => {
    const room = await createRoom();
    await store.gateways.register(newGateway('gw_events', { capacity: 20 }), NOW);
    const egresses = Array.from({ length: 20 }, () => newEgress(room, 'gw_events'));
    for (const egress of egresses) await store.egresses.create(egress, { aliveSinceMs: NOW - 1000 });
    await Promise.all(
      egresses.map((egress) =>
        store.egresses.advance(egress, { status: 'active' }, { event: { ...eventOf(room), data: egress.id } }),
      ),
    );
    const told = (await pendingOf(room)).map(({ body }) => (JSON.parse(body) as { data: string }).data);
    expect(told.toSorted()).toEqual(egresses.map(({ id }) => id).toSorted());
  });

  test('keep their places when they are gone', async () => {
    const room = newRoom();
    await store.rooms.create(room, eventOf(room));
    const [first] = await pendingOf(room);
    await store.outbox.remove(first!);
    expect(await pendingOf(room)).toEqual([]);
    await store.rooms.delete(room, eventOf(room));
    const [second] = await pendingOf(room);
    expect(second!.order > first!.order).toBe(true);
  });
});

describe('deliveries', () => {
  const at = (ms: number) => new Date(ms).toISOString();
  const newDelivery = (webhookId: string, line: string, order: string): Delivery => ({
    webhookId,
    line,
    order,
    event: { id: `ev_${line}-${order}`, type: 'room.created', createdAt: at(NOW) },
    body: '{}',
    status: 'pending',
    attempts: [],
    createdAt: at(NOW),
  });
  const orders = Array.from({ length: 5 }, (_, index) => orderAfter(undefined, NOW + index));

  test('are in their line once, and taken out one after the other', async () => {
    for (const order of [...orders, ...orders]) await store.deliveries.enqueue(newDelivery('wh_1', 'a', order));
    const [line, ...more] = await store.deliveries.due('wh_1', NOW, 10);
    expect(more).toEqual([]);
    let claim = await store.deliveries.claim(line!, 'mine', NOW + 1000);
    const taken: string[] = [];
    for (let delivery = await store.deliveries.next(claim!); delivery; delivery = await store.deliveries.next(claim!)) {
      taken.push(delivery.order);
      claim = await store.deliveries.end(claim!, { ...delivery, status: 'succeeded', endedAt: at(NOW) }, NOW + 1000);
    }
    expect(taken).toEqual(orders);
    expect(await store.deliveries.leave(claim!)).toBeUndefined();
    expect(await store.deliveries.due('wh_1', NOW + 5000, 10)).toEqual([]);
    const all = await readAll((page) => store.deliveries.list('wh_1', page), 2);
    expect(all.map(({ order }) => order)).toEqual(orders.toReversed());
    // What has ended is not put in again.
    await store.deliveries.enqueue(newDelivery('wh_1', 'a', orders[0]!));
    expect(await store.deliveries.due('wh_1', NOW + 5000, 10)).toEqual([]);
  });

  test('in a line are one worker’s at a time', async () => {
    await store.deliveries.enqueue(newDelivery('wh_2', 'a', orders[0]!));
    const [line] = await store.deliveries.due('wh_2', NOW, 10);
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.deliveries.claim(line!, `lease ${index}`, NOW + 1000)),
    );
    const [mine, ...others] = claims.filter((claim) => claim !== undefined);
    expect(others).toEqual([]);
    expect(await store.deliveries.due('wh_2', NOW + 999, 10)).toEqual([]);
    const [again] = await store.deliveries.due('wh_2', NOW + 1000, 10);
    const next = (await store.deliveries.claim(again!, 'another', NOW + 5000))!;
    const delivery = (await store.deliveries.next(next))!;
    const ended = { ...delivery, status: 'failed', endedAt: at(NOW) } as const;
    expect(await store.deliveries.end(mine!, ended, NOW + 5000)).toBeUndefined();
    expect(await store.deliveries.leave(mine!)).toBeUndefined();
    await store.deliveries.postpone(mine!, NOW, ended);
    expect(await store.deliveries.next(next)).toEqual(delivery);
  });

  test('that come while a line is left are not forgotten', async () => {
    await store.deliveries.enqueue(newDelivery('wh_3', 'a', orders[0]!));
    const [line] = await store.deliveries.due('wh_3', NOW, 10);
    const claim = (await store.deliveries.claim(line!, 'mine', NOW + 1000))!;
    await store.deliveries.enqueue(newDelivery('wh_3', 'a', orders[1]!));
    const still = await store.deliveries.leave(claim);
    expect(still).toMatchObject({ lease: 'mine', version: claim.version + 1 });
    await store.deliveries.postpone(still!, NOW + 2000);
    expect(await store.deliveries.due('wh_3', NOW + 1999, 10)).toEqual([]);
    expect(await store.deliveries.due('wh_3', NOW + 2000, 10)).toHaveLength(1);
  });
});

describe('rooms that end', () => {
  const created = Date.parse('2026-01-01T00:00:00.000Z');
  const lasting = (more: Partial<Room> = {}) =>
    createRoom({
      emptyDurationSeconds: 60,
      emptySinceMs: created,
      createdAt: new Date(created).toISOString(),
      ...more,
    });
  const isDue = async (id: string, nowMs: number) => (await store.rooms.due(nowMs, 100)).some((room) => room.id === id);
  const event = ({ id, name }: Room) =>
    ({ type: 'room.ended', createdAtMs: created, room: { id, name }, data: {} }) as const;

  test('are due when they have been empty for as long as they may, and not while somebody is there', async () => {
    const node = await registerNode('nd_lasting');
    const room = await lasting();
    expect([await isDue(room.id, created + 59_999), await isDue(room.id, created + 60_000)]).toEqual([false, true]);
    expect(await store.rooms.allocate(room, node, options)).toBe('allocated');
    const placed = (await store.rooms.get(room.id))!;
    await store.rooms.noteOccupied(placed, true, created);
    expect(await isDue(room.id, created + 1e9)).toBe(false);
    expect(await store.nodes.rooms(node.id)).toMatchObject([{ roomId: room.id, epoch: 1, occupied: true }]);
    // As they were read before, they are not any more.
    await store.rooms.noteOccupied(placed, false, created);
    expect(await store.rooms.update(placed, { ...placed, emptyDurationSeconds: 1 })).toBe('changed');
    expect(await isDue(room.id, created + 1e9)).toBe(false);
    await store.rooms.noteOccupied((await store.rooms.get(room.id))!, false, created + 5000);
    expect((await store.rooms.get(room.id))?.emptySinceMs).toBe(created + 5000);
    expect(await isDue(room.id, created + 1e9)).toBe(true);
    await store.rooms.release((await store.rooms.get(room.id))!, created + 9000);
    expect((await store.rooms.get(room.id))?.emptySinceMs).toBe(created + 5000);
  });

  test('end only as they were read, and are remembered until nothing of them is left', async () => {
    const room = await lasting();
    const change = { ...room, maxDurationSeconds: 60, emptyDurationSeconds: undefined };
    expect(await store.rooms.update(room, change)).toBe('updated');
    expect(await store.rooms.end(room, 'empty', event(room))).toBe('changed');
    const changed = (await store.rooms.get(room.id))!;
    expect(await store.rooms.end(changed, 'max-duration', event(room))).toBe('ended');
    expect(await store.rooms.ended(room.id)).toEqual({ id: room.id, reason: 'max-duration' });
    expect(await store.rooms.due(created + 30_000, 100)).toContainEqual({ id: room.id, gone: true });
    await store.rooms.cleared(room.id);
    expect(await isDue(room.id, created + 1e9)).toBe(false);
    expect(await store.rooms.ended(room.id)).toEqual({ id: room.id, reason: 'max-duration' });
  });
});

test('usage is counted once for each report, by day and by room', async () => {
  const used = { participantMs: 1000, egressMs: 200, callMs: 30 };
  const report = { day: '2026-01-31', rooms: [{ room: { id: 'rm_used', name: 'used' }, ...used }] };
  const place = { generation: 1, seq: 1 };
  expect(await store.usage.take('nd_used', place, report)).toBe('taken');
  expect(await store.usage.take('nd_used', place, report)).toBe('known');
  expect(await store.usage.take('nd_other', place, report)).toBe('taken');
  const twice = { participantMs: 2000, egressMs: 400, callMs: 60 };
  expect(await store.usage.total('2026-01-31')).toEqual({ day: '2026-01-31', ...twice });
  const days = { from: '2026-01-30', to: '2026-01-31' };
  const all = [{ day: '2026-01-31', room: { id: 'rm_used', name: 'used' }, ...twice }];
  expect((await store.usage.ofRoom('rm_used', days, { limit: 5, after: undefined })).items).toEqual(all);
  expect(await readAll((page) => store.usage.byRoom(days, page), 1)).toEqual(all);
});

// The embedded engine knows no reserved words; dynalite's parser has them all.
test('every expression that was sent is one that DynamoDB takes', () => {
  const { validateExpressions } = createRequire(import.meta.url)('dynalite/validations') as {
    validateExpressions: (request: object) => string | null;
  };
  const requests = (sent as Record<string, unknown>[]).flatMap((request) =>
    Array.isArray(request['TransactItems'])
      ? request['TransactItems'].map((part: object) => Object.values(part)[0] as object)
      : [request],
  );
  for (const request of requests) expect(validateExpressions(structuredClone(request)) ?? undefined).toBeUndefined();
});
