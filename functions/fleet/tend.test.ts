import { describe, beforeEach, expect, test } from 'vitest';
import { newEgress, newGateway, newRoom, openTestStore } from '../store/store.fixture.ts';
import type { Store } from '../domain/store.ts';
import type { Host } from './host.ts';
import type { Name, NameChanges } from './names.ts';
import { type Cloud, type StaticAddress, tendFleet } from './tend.ts';

const A = 'i-0000000000000000a';
const B = 'i-0000000000000000b';

/** A fleet in memory: what it is told to do is done at once. */
class FakeCloud implements Cloud {
  list: Host[] = [];
  addresses: StaticAddress[] = [];
  zone: Name[] = [];
  readonly released: string[] = [];
  /** What AWS refuses. */
  refuse: (call: string) => boolean = () => false;

  hosts = (): Promise<readonly Host[]> => Promise.resolve(this.list);

  async staticAddresses(): Promise<readonly StaticAddress[]> {
    await this.#call('staticAddresses');
    return this.addresses;
  }

  async names(): Promise<readonly Name[]> {
    await this.#call('names');
    return this.zone;
  }

  async associate({ id }: StaticAddress, host: Host): Promise<void> {
    await this.#call(`associate ${id} ${host.id}`);
    this.addresses = this.addresses.map((address) => (address.id === id ? { id, host: host.id } : address));
  }

  /** As Route 53: all of it or nothing. */
  async change({ put, remove }: NameChanges): Promise<void> {
    const touched = [...put, ...remove];
    await this.#call(`change ${touched.map(({ name }) => name).join(' ')}`);
    const kept = this.zone.filter((each) => !touched.some((t) => t.name === each.name && t.member === each.member));
    this.zone = [...kept, ...put];
  }

  async release(host: Host): Promise<void> {
    await this.#call(`release ${host.id}`);
    this.released.push(host.id);
  }

  #call(call: string): Promise<void> {
    return this.refuse(call) ? Promise.reject(new Error(`refused: ${call}`)) : Promise.resolve();
  }
}

let store: Store;
let cloud: FakeCloud;
let nowMs: number;
let failures: string[];

beforeEach(async () => {
  failures = [];
  ({ store } = await openTestStore());
  cloud = new FakeCloud();
  nowMs = 1_000_000;
});

const tend = () =>
  tendFleet(store, cloud, {
    domain: 'media.example.com',
    mediaGroup: 'media',
    sipGroup: 'sip',
    drainSeconds: 3600,
    isAlive: ({ heartbeatAtMs }) => nowMs - heartbeatAtMs < 15_000,
    clock: () => nowMs,
    failed: (error, what) => void failures.push(`${what}: ${(error as Error).message}`),
  });

async function register(id: string, reserved = 0): Promise<void> {
  const node = { id, generation: 1, region: 'r', url: 'wss://a.example.com/ws', linkUrl: 'ws://10.0.0.1/link' };
  await store.nodes.register({ ...node, capacity: 100 }, nowMs);
  const rooms = reserved === 0 ? [] : [{ id: 'rm_1', epoch: 1, participants: reserved }];
  await store.nodes.beat(id, { generation: 1, rooms }, nowMs);
}

describe('a host that starts', () => {
  beforeEach(() => {
    cloud.list = [{ id: A, group: 'media', state: 'Pending:Wait', publicIp: '192.0.2.1' }];
  });

  test('has a name before it serves, and a share in the name of the TURN servers', async () => {
    await tend();
    expect(cloud.zone).toEqual([
      { name: `${A}.media.example.com`, address: '192.0.2.1' },
      { name: 'turn.media.example.com', address: '192.0.2.1', member: A },
    ]);
  });

  test('is in service once a node of it lives, and not by that of another', async () => {
    await register(`nd_${B}-0`);
    await tend();
    expect(cloud.released).toEqual([]);
    await register(`nd_${A}-0`);
    await tend();
    expect(cloud.released).toEqual([A]);
  });
});

describe('a host that is to end', () => {
  beforeEach(() => {
    cloud.list = [{ id: A, group: 'media', state: 'Terminating:Wait', publicIp: '192.0.2.1' }];
  });

  test('takes no new rooms, keeps its name, and goes when the last room has ended', async () => {
    await register(`nd_${A}-0`, 3);
    await tend();
    expect(await store.nodes.get(`nd_${A}-0`)).toMatchObject({ cordonedAtMs: nowMs, drainUntilMs: nowMs + 3_600_000 });
    expect(cloud.released).toEqual([]);
    expect(cloud.zone.map(({ name }) => name)).toContain(`${A}.media.example.com`);
    await register(`nd_${A}-0`, 0);
    await tend();
    expect(cloud.released).toEqual([A]);
  });

  test('is not held by its drain being told again', async () => {
    await register(`nd_${A}-0`, 3);
    await tend();
    nowMs += 5000;
    await tend();
    expect(await store.nodes.get(`nd_${A}-0`)).toMatchObject({ drainUntilMs: nowMs - 5000 + 3_600_000 });
  });

  test('waits for its broadcasts, too, and gets no new ones', async () => {
    const id = `gw_${A}-rtmp`;
    const room = newRoom();
    await store.rooms.create(room);
    await store.gateways.register(newGateway(id), nowMs);
    const alive = { aliveSinceMs: nowMs - 1 };
    const egress = newEgress(room, id);
    expect(await store.egresses.create(egress, alive)).toBe('created');
    for (let index = 0; index < 2; index += 1) await tend();
    expect(cloud.released).toEqual([]);
    expect(await store.gateways.get(id)).toMatchObject({ cordonedAtMs: nowMs, reserved: 1 });
    // It stays so when the process starts again.
    await store.gateways.register(newGateway(id, { generation: 2 }), nowMs);
    expect(await store.egresses.create(newEgress(room, id), alive)).toBe('gateway-full');
    await store.egresses.advance(egress, { status: 'stopped' }, {});
    await tend();
    expect(cloud.released).toEqual([A]);
  });

  test('goes only after its gateways were told, since they may have got something new meanwhile', async () => {
    await store.gateways.register(newGateway(`gw_${A}-rtmp`), nowMs);
    await tend();
    expect(cloud.released).toEqual([]);
    await tend();
    expect(cloud.released).toEqual([A]);
  });

  test('goes at once when its nodes are lost', async () => {
    await register(`nd_${A}-0`, 3);
    nowMs += 60_000;
    await tend();
    expect(cloud.released).toEqual([A]);
  });
});

test('names of hosts that are gone are removed, and nothing else of the zone', async () => {
  const others = [
    { name: 'media.example.com', address: '192.0.2.9' },
    { name: 'i-am-not-a-host.media.example.com', address: '192.0.2.9' },
  ];
  cloud.zone = [
    ...others,
    { name: `${B}.media.example.com`, address: '192.0.2.2' },
    { name: 'turn.media.example.com', address: '192.0.2.2', member: B },
  ];
  await tend();
  expect(cloud.zone).toEqual(others);
});

describe('a node whose host is gone', () => {
  beforeEach(async () => {
    await register(`nd_${A}-0`);
  });

  test('is forgotten after a day, not before', async () => {
    nowMs += 23 * 3_600_000;
    await tend();
    expect(await store.nodes.list()).toHaveLength(1);
    nowMs += 2 * 3_600_000;
    await tend();
    expect(await store.nodes.list()).toEqual([]);
  });

  test('is kept while rooms are on its books, or its host is there', async () => {
    const room = { id: 'rm_1', name: 'lesson', maxParticipants: 10, metadata: {}, locked: false, autoRecord: false };
    await store.rooms.create({ ...room, createdAt: new Date(nowMs).toISOString(), epoch: 0, revision: 1 });
    const node = (await store.nodes.get(`nd_${A}-0`))!;
    await store.rooms.allocate((await store.rooms.get('rm_1'))!, node, { nowMs, aliveSinceMs: 0, from: undefined });
    await register(`nd_${B}-0`);
    cloud.list = [{ id: B, group: 'media', state: 'InService' }];
    nowMs += 48 * 3_600_000;
    await tend();
    expect((await store.nodes.list()).map(({ id }) => id)).toEqual([`nd_${A}-0`, `nd_${B}-0`]);
  });
});

test('a gateway whose host is gone is forgotten, too', async () => {
  const service = { kind: 'sip', address: '192.0.2.1' } as const;
  await store.gateways.register({ id: `gw_${A}-sip`, generation: 1, region: 'r', service, capacity: 2 }, nowMs);
  nowMs += 48 * 3_600_000;
  await tend();
  expect(await store.gateways.list('sip')).toEqual([]);
});

test('hosts for telephones get the addresses that stay, one each, and their names follow', async () => {
  cloud.addresses = [{ id: 'eip-1', host: A }, { id: 'eip-2' }];
  cloud.list = [A, B].map((id) => ({ id, group: 'sip', state: 'Pending:Wait', publicIp: '192.0.2.1' }));
  await tend();
  expect(cloud.addresses).toEqual([
    { id: 'eip-1', host: A },
    { id: 'eip-2', host: B },
  ]);
  expect(cloud.zone.some(({ member }) => member !== undefined)).toBe(false);
});

test('what the fleet is scaled by counts the nodes that take rooms', async () => {
  cloud.list = [{ id: A, group: 'media', state: 'InService', publicIp: '192.0.2.1' }];
  expect(await tend()).toMatchObject({ nodes: 0, reservedPercent: 100 });
  await register(`nd_${A}-0`, 50);
  await register(`nd_${A}-1`, 0);
  await register(`nd_${A}-2`, 100);
  await store.nodes.place(`nd_${A}-2`, { cordonedAtMs: nowMs });
  expect(await tend()).toEqual({ nodes: 3, lostNodes: 0, participants: 150, reservedPercent: 25, failures: 0 });
});

describe('what fails', () => {
  const C = 'i-0000000000000000c';
  const D = 'i-0000000000000000d';
  const hostNames = () => cloud.zone.filter(({ member }) => member === undefined).map(({ name }) => name.slice(0, 19));

  /** One host that starts, one that is to end, and one for telephones that starts: all are ready. */
  beforeEach(async () => {
    cloud.list = [
      { id: A, group: 'media', state: 'Pending:Wait', publicIp: '192.0.2.1' },
      { id: B, group: 'media', state: 'Terminating:Wait', publicIp: '192.0.2.2' },
      { id: C, group: 'sip', state: 'Pending:Wait', publicIp: '192.0.2.3' },
      { id: D, group: 'sip', state: 'Pending:Wait', publicIp: '192.0.2.4' },
    ];
    cloud.addresses = [{ id: 'eip-1' }, { id: 'eip-2' }];
    await register(`nd_${A}-0`);
    for (const id of [C, D]) {
      const gateway = newGateway(`gw_${id}-sip`, { service: { kind: 'sip', address: '192.0.2.1' } });
      await store.gateways.register(gateway, nowMs);
    }
  });

  test('is nothing, when AWS does all', async () => {
    expect((await tend()).failures).toBe(0);
    expect(cloud.released.toSorted()).toEqual([A, B, C, D]);
  });

  test.each([
    ['addresses that cannot be read', 'staticAddresses', [A, B], [A, B, C, D]],
    ['an address that cannot be given', `associate eip-1 ${C}`, [A, B, D], [A, B, C, D]],
    ['names that cannot be read', 'names', [B], []],
    ['a name that Route 53 refuses', `${C}.media`, [A, B, D], [A, B, D]],
    ['a host that cannot be let into service', `release ${A}`, [B, C, D], [A, B, C, D]],
    ['a host that cannot be let go', `release ${B}`, [A, C, D], [A, B, C, D]],
  ])('as %s is counted and told, and keeps no other host waiting', async (_, refused, released, named) => {
    cloud.refuse = (call) => call.includes(refused);
    expect((await tend()).failures).toBe(1);
    expect(failures).toEqual([expect.stringContaining('refused')]);
    expect(cloud.released.toSorted()).toEqual(released);
    expect(hostNames().toSorted()).toEqual(named);
    cloud.refuse = () => false;
    expect((await tend()).failures).toBe(0);
    expect(new Set(cloud.released)).toEqual(new Set([A, B, C, D]));
    expect(hostNames().toSorted()).toEqual([A, B, C, D]);
  });

  test('as an address that somebody has released is told, and the others are given', async () => {
    cloud.addresses = [{ id: 'eip-0', missing: true }, ...cloud.addresses];
    expect((await tend()).failures).toBe(1);
    expect(failures).toEqual(['Giving the address eip-0: AWS does not know it']);
    expect(cloud.addresses.map(({ host }) => host)).toEqual([undefined, C, D]);
    expect(cloud.released.toSorted()).toEqual([A, B, C, D]);
  });

  test('as a name that cannot be removed leaves the others to be given', async () => {
    cloud.zone = [{ name: 'i-00000000000000fff.media.example.com', address: '192.0.2.9' }];
    cloud.refuse = (call) => call.includes('fff');
    expect((await tend()).failures).toBe(1);
    expect(cloud.released.toSorted()).toEqual([A, B, C, D]);
  });

  test('as what a database does not take of one host leaves the others to be tended', async () => {
    await register(`nd_${B}-0`);
    store.nodes.place = () => Promise.reject(new Error('no'));
    expect((await tend()).failures).toBe(1);
    expect(failures).toEqual([`The end of ${B}: no`]);
    expect(cloud.released.toSorted()).toEqual([A, C, D]);
  });
});
