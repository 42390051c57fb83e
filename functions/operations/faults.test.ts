import type { Egress } from '@muon/contract/egress.ts';
import type { Key } from '@muon/contract/key.ts';
import type { Room } from '@muon/contract/room.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { Receiver } from '../delivery/receiver.fixture.ts';
import { World } from '../http/world.fixture.ts';
import { type Fault, newGateway } from '../store/store.fixture.ts';
import { openTroubled, persist, persistWithin } from './faults.fixture.ts';

describe('a database that throttles, conflicts and loses answers', () => {
  test('makes each thing once, for those who repeat with a key', { timeout: 60_000 }, async () => {
    const { world, trouble } = await openTroubled(1);
    trouble.on = true;
    const names = Array.from({ length: 20 }, (_, index) => `room-${index}`);
    const rooms = await Promise.all(names.map((name) => persist<Room>(world, '/v1/rooms', { name }, name)));
    const body = { name: 'a key', scopes: ['rooms:read'] };
    const made = await Promise.all(names.map((name) => persist<Key>(world, '/v1/keys', body, `key-of-${name}`)));
    trouble.on = false;
    expect(new Set(rooms.map(({ status }) => status))).toEqual(new Set([201]));
    for (const [index, { body: room }] of rooms.entries())
      expect((await world.call<Room>(`/v1/rooms/${names[index]}`)).body.id).toBe(room.id);
    const { body: page } = await world.call<{ data: Room[] }>('/v1/rooms?limit=100');
    expect(page.data).toHaveLength(20);
    const { body: keys } = await world.call<{ data: Key[] }>('/v1/keys?limit=100');
    // One was there before.
    expect(keys.data).toHaveLength(21);
    expect(new Set(made.map(({ body: key }) => key.id)).size).toBe(20);
    expect(world.errors).toEqual([]);
  });

  test('reserves for each room what it needs, and gives no room two nodes', { timeout: 60_000 }, async () => {
    const { world, trouble } = await openTroubled(2);
    for (const id of ['nd_1', 'nd_2', 'nd_3']) await world.registerNode(id, { capacity: 100 });
    const rooms = await Promise.all(Array.from({ length: 35 }, () => world.roomWithToken()));
    trouble.on = true;
    const answers = await Promise.all(
      rooms.flatMap(({ token }) => Array.from({ length: 5 }, () => world.post('/v1/join', {}, token))),
    );
    trouble.on = false;
    for (const { status, body } of answers)
      if (status !== 200) expect(['overloaded', 'no-node-available']).toContain(body['code']);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    await expectBooksToBalance(world, rooms);
    expect(world.errors).toEqual([]);
  });

  test('starts each broadcast once, and takes a place for each', { timeout: 60_000 }, async () => {
    const { world, trouble } = await openTroubled(3);
    for (const id of ['gw_1', 'gw_2']) await world.registerGateway(id, { capacity: 20 });
    const { room } = await world.roomWithToken();
    trouble.on = true;
    const wanted = Array.from({ length: 20 }, (_, index) => `egress-${index}`);
    const body = { room: room.id, outputs: [{ type: 'hls' }] };
    const started = await Promise.all(wanted.map((key) => persistWithin(world, '/v1/egresses', body, key)));
    trouble.on = false;
    const { body: page } = await world.call<{ data: Egress[] }>('/v1/egresses?limit=100');
    const gateways = await world.store.gateways.list('rtmp');
    expect(gateways.reduce((sum, { reserved }) => sum + reserved, 0)).toBe(page.data.length);
    const ids = started.filter((id) => id !== undefined);
    expect(ids.length).toBeGreaterThan(10);
    expect(page.data.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(new Set(ids).size).toBe(ids.length);
    expect(page.data.length).toBeLessThanOrEqual(20);
    expect(world.errors).toEqual([]);
  });

  test('tells webhooks of every change that was done, in order, and of no other', { timeout: 60_000 }, async () => {
    const { world, trouble } = await openTroubled(4);
    await using receiver = await Receiver.open();
    await world.post('/v1/webhooks', { url: receiver.url, events: ['room.*'] });
    trouble.on = true;
    const names = Array.from({ length: 8 }, (_, index) => `room-${index}`);
    await Promise.all(names.map((name) => persist<Room>(world, '/v1/rooms', { name }, name)));
    // Refused ones are not sent again: whether they were done, nobody knows.
    for (let change = 0; change < 3; change += 1) {
      const body = { metadata: { change: String(change) } };
      await Promise.all(names.map((name) => world.call(`/v1/rooms/${name}`, { method: 'PATCH', body })));
      await world.sweep().catch(() => undefined);
    }
    trouble.on = false;
    const rooms = await Promise.all(names.map(async (name) => (await world.call<Room>(`/v1/rooms/${name}`)).body));
    // Leases that were lost run out.
    for (let sweep = 0; sweep < 5; sweep += 1) {
      world.nowMs += 21_000;
      await world.sweep();
    }
    for (const { id, revision } of rooms) {
      const own = receiver.received.filter(({ event }) => event.room?.id === id);
      // Some came twice.
      const first = own.filter(({ event }, index) => own.findIndex((other) => other.event.id === event.id) === index);
      const revisions = first.map(({ event }) => (event.data as { revision: number }).revision);
      expect(revisions).toEqual(Array.from({ length: revision }, (_, index) => index + 1));
    }
    expect(new Set(receiver.received.map(({ event }) => event.room?.id)).size).toBe(8);
    expect(world.errors).toEqual([]);
  });
});

describe('a node whose heartbeats meet a database that fails', () => {
  test('has who came and went told once each, in order, when it tells on until it is heard', async () => {
    const { world, trouble } = await openTroubled(5);
    await world.registerNode('nd_1');
    const { room, token } = await world.roomWithToken();
    await world.post('/v1/join', {}, token);
    await world.post('/v1/webhooks', { url: 'https://example.com/events', events: ['participant.*'] });
    const place = { id: room.id, name: room.name };
    const joinedAt = new Date(world.nowMs).toISOString();
    const attendance = Array.from({ length: 30 }, (_, index) => {
      const identity = `user-${index}`;
      return { seq: index + 1, room: place, identity, name: identity, kind: 'standard', attributes: {}, joinedAt };
    });
    trouble.on = true;
    const statuses: number[] = [];
    for (let from = 0; from < attendance.length;) {
      const body = { generation: 1, rooms: [], attendance: attendance.slice(from, from + 10) };
      // One that is given up by the node goes on in the control plane.
      const beat = () => world.callInternal('/internal/nodes/nd_1/heartbeat', body);
      const answers = await Promise.all([beat(), beat()]);
      statuses.push(...answers.map(({ status }) => status));
      if (answers.some(({ status }) => status === 200)) from += 5;
    }
    trouble.on = false;
    for (const status of statuses) expect([200, 503]).toContain(status);
    const told = (await world.store.outbox.pending(room.id.slice(3))).map(
      ({ body }) => (JSON.parse(body) as { data: { identity?: string } }).data.identity,
    );
    expect(told.filter(Boolean)).toEqual(attendance.map(({ identity }) => identity));
    expect(world.errors).toEqual([]);
  });
});

describe('a database in which others are at the same things all the time', () => {
  let world: World;
  let room: { id: string; name: string };
  const held = { on: false };
  beforeEach(async () => {
    held.on = false;
    world = await World.open({ faultOf: (operation) => (held.on && WRITES.test(operation) ? 'conflict' : undefined) });
    await world.registerGateway('gw_1');
    await world.registerGateway('gw_sip', { service: { kind: 'sip', address: '127.0.0.1' } });
    ({ room } = await world.roomWithToken());
  });
  const WRITES = /^(?:TransactWriteItems|PutItem|UpdateItem|DeleteItem)$/;
  const busy = { status: 503, body: { code: 'overloaded' } };
  const address = 'sip.example.com';

  test.each([
    ['a room', '/v1/rooms', () => ({ name: 'hall' })],
    ['a broadcast', '/v1/egresses', () => ({ room: room.id, outputs: [{ type: 'hls' }] })],
    ['a trunk', '/v1/sip/trunks', () => ({ name: 'Carrier', address, numbers: ['+493012345678'] })],
    ['a rule', '/v1/sip/dispatch-rules', () => ({ room: room.id, pin: '271828' })],
    ['an ingress', '/v1/ingresses', () => ({ room: room.id, identity: 'hall' })],
  ])('refuses %s for now, and says nothing else of it', async (_, path, body) => {
    held.on = true;
    const refused = await world.post(path, body());
    expect(refused).toMatchObject(busy);
    expect(refused.headers.get('retry-after')).toBe('1');
    held.on = false;
    expect((await world.post(path, body())).status).toBe(201);
  });

  test('refuses a call for now, and does not take its room or itself for gone', async () => {
    const { body: trunk } = await world.post<{ id: string }>('/v1/sip/trunks', { name: 'Carrier', address });
    const call = () => world.post('/v1/sip/calls', { room: room.id, trunk: trunk.id, to: '+4930333' });
    held.on = true;
    expect(await call()).toMatchObject(busy);
    held.on = false;
    expect((await call()).status).toBe(201);
  });

  test('refuses a join for now, and does not take its nodes for full', async () => {
    await world.registerNode('nd_1');
    const { token } = await world.roomWithToken();
    const join = () => world.post('/v1/join', {}, token);
    held.on = true;
    const refused = await join();
    expect(refused).toMatchObject(busy);
    expect(refused.headers.get('retry-after')).toBe('1');
    held.on = false;
    expect((await join()).status).toBe(200);
    // Where somebody is already, too.
    world.nowMs += 60_000;
    await world.callInternal('/internal/nodes/nd_1/heartbeat', { generation: 1, rooms: [] });
    held.on = true;
    expect(await join()).toMatchObject(busy);
  });

  test('refuses a ban for now, and does not take the room for gone', async () => {
    const ban = () => world.call(`/v1/rooms/${room.id}/participants/ada?banSeconds=60`, { method: 'DELETE' });
    held.on = true;
    expect(await ban()).toMatchObject(busy);
    held.on = false;
    expect((await ban()).status).toBe(204);
  });

  test('does not take a node or gateway for unknown, nor for outdated', async () => {
    await world.registerNode('nd_1');
    held.on = true;
    const body = { generation: 1, rooms: [] };
    expect(await world.callInternal('/internal/nodes/nd_1/heartbeat', body)).toMatchObject(busy);
    const gateway = newGateway('gw_1', { generation: 2 });
    expect(await world.callInternal('/internal/gateways', gateway)).toMatchObject(busy);
  });
});

describe('a database in which others are there first each time', () => {
  const WRITES = /^(?:TransactWriteItems|PutItem|UpdateItem|DeleteItem)$/;
  const faults = ['conflict', 'last-conflict', 'overtaken'] as const;

  test.each(faults)(
    'ends every change of a resource, and says to come later (%s)',
    { timeout: 30_000 },
    async (fault) => {
      const held = { on: false };
      const faultOf = (operation: string): Fault => (held.on && WRITES.test(operation) ? fault : undefined);
      const world = await World.open({ faultOf });
      const paths = await makeOneOfEach(world);
      const { room, egress, call, trunk, rule, ingress, webhook, key } = paths;
      const changes: [method: string, path: string, body?: object][] = [
        ['PATCH', room, { locked: true }],
        ['DELETE', room],
        ['PATCH', egress, { layout: 'focus' }],
        ['DELETE', egress],
        ['DELETE', call],
        ['PATCH', trunk, { name: 'Other' }],
        ['DELETE', trunk],
        ['PATCH', rule, { priority: 2 }],
        ['DELETE', rule],
        ['PATCH', ingress, { name: 'Other' }],
        ['POST', `${ingress}/rotate-key`, {}],
        ['DELETE', ingress],
        ['PATCH', webhook, { enabled: false }],
        ['POST', `${webhook}/rotate-secret`, {}],
        ['PATCH', key, { name: 'Other' }],
        ['POST', `${key}/rotate`, {}],
      ];
      held.on = true;
      const answers = await Promise.all(changes.map(([method, path, body]) => world.call(path, { method, body })));
      const generation = { generation: 2, service: { kind: 'sip', address: '127.0.0.1' } } as const;
      const again = await world.callInternal('/internal/gateways', newGateway('gw_sip', generation));
      held.on = false;
      const busy = [503, 'overloaded'];
      const told = answers.map(({ status, body }, index) => [...changes[index]!.slice(0, 2), status, body['code']]);
      expect(told).toEqual(changes.map(([method, path]) => [method, path, ...busy]));
      expect([again.status, again.body['code']]).toEqual(busy);
      for (const path of Object.values(paths))
        expect((await world.call<{ revision: number }>(path)).body).toMatchObject({ revision: 1 });
      expect(world.errors).toEqual([]);
    },
  );

  test(
    'ends the handing out of events, and hands out what is left when they are gone',
    { timeout: 30_000 },
    async () => {
      const held = { on: false };
      const world = await World.open({
        faultOf: (operation) => (held.on && WRITES.test(operation) ? 'conflict' : undefined),
      });
      await using receiver = await Receiver.open();
      await world.post('/v1/webhooks', { url: receiver.url, events: ['room.*'] });
      await world.post('/v1/rooms', { name: 'hall' });
      held.on = true;
      await world.sweep().catch(() => undefined);
      expect(receiver.received).toEqual([]);
      held.on = false;
      world.nowMs += 21_000;
      await world.sweep();
      expect(receiver.received.map(({ event }) => event.type)).toEqual(['room.created']);
    },
  );
});

/** The paths of one resource of each kind that may be changed. */
async function makeOneOfEach(world: World) {
  await world.registerGateway('gw_1');
  await world.registerGateway('gw_sip', { service: { kind: 'sip', address: '127.0.0.1' } });
  const make = async (path: string, body: object): Promise<string> => {
    const made = await world.post<{ id: string }>(path, body);
    expect(made.status).toBe(201);
    return `${path}/${made.body.id}`;
  };
  const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const room = await make('/v1/rooms', {});
  const trunk = await make('/v1/sip/trunks', {
    name: 'Carrier',
    address: 'sip.example.com',
    numbers: ['+493012345678'],
  });
  return {
    room,
    trunk,
    egress: await make('/v1/egresses', { room: idOf(room), outputs: [{ type: 'hls' }] }),
    call: await make('/v1/sip/calls', { room: idOf(room), trunk: idOf(trunk), to: '+4930333' }),
    rule: await make('/v1/sip/dispatch-rules', { room: idOf(room), pin: '271828' }),
    ingress: await make('/v1/ingresses', { room: idOf(room), identity: 'hall' }),
    webhook: await make('/v1/webhooks', { url: 'https://example.com/events', events: ['room.*'] }),
    key: await make('/v1/keys', { name: 'a key', scopes: ['rooms:read'] }),
  };
}

/** What nodes have reserved is what the rooms that are placed on them need; each room is placed at most once. */
async function expectBooksToBalance(world: World, rooms: readonly { room: { id: string } }[]): Promise<void> {
  const placed = new Map<string, string[]>();
  for (const node of await world.store.nodes.list()) {
    const held = await world.store.nodes.rooms(node.id);
    expect(node.reserved).toBe(10 * held.length);
    expect(node.reserved).toBeLessThanOrEqual(node.capacity);
    for (const { roomId } of held) placed.set(roomId, [...(placed.get(roomId) ?? []), node.id]);
  }
  for (const { room } of rooms) {
    const { allocation } = (await world.store.rooms.get(room.id))!;
    expect(placed.get(room.id) ?? []).toEqual(allocation ? [allocation.nodeId] : []);
  }
}
