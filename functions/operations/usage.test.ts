import type { UsageReport, UsageResource } from '@muon/contract/usage.ts';
import { beforeEach, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.registerNode('nd_1');
  await world.registerNode('nd_2');
  for (const id of ['rm_a', 'rm_b', 'rm_c']) await world.roomAt(id, 'nd_2', 'nd_1');
});

const MINUTE = 60_000;

function used(id: string, minutes: number, more: Partial<UsageReport['rooms'][number]> = {}) {
  return { room: { id, name: id.slice(3) }, participantMs: minutes * MINUTE, egressMs: 0, callMs: 0, ...more };
}

const tell = (node: string, usage: UsageReport, generation = 1) =>
  world.callInternal(`/internal/nodes/${node}/heartbeat`, { generation, rooms: [], usage });

async function read(query = ''): Promise<(readonly [string, string, number, number, number])[]> {
  const { status, body } = await world.call<{ data: UsageResource[] }>(`/v1/usage${query}`);
  expect(status).toBe(200);
  return body.data.map((each) => [
    each.day,
    each.room?.name ?? 'all',
    each.participantMinutes,
    each.egressMinutes,
    each.callMinutes,
  ]);
}

/** All pages. */
async function readAll(query: string): Promise<UsageResource[]> {
  const all: UsageResource[] = [];
  let cursor = '';
  do {
    const { body } = await world.call<{ data: UsageResource[]; nextCursor?: string }>(`/v1/usage?${query}${cursor}`);
    all.push(...body.data);
    cursor = body.nextCursor === undefined ? '' : `&cursor=${body.nextCursor}`;
  } while (cursor !== '');
  return all;
}

test('what nodes tell is summed up by day, and by room', async () => {
  await tell('nd_1', { seq: 1, day: '2026-01-30', rooms: [used('rm_a', 10), used('rm_b', 1, { egressMs: 90_000 })] });
  await tell('nd_2', { seq: 1, day: '2026-01-30', rooms: [used('rm_a', 5, { callMs: 1234 })] });
  await tell('nd_1', { seq: 2, day: '2026-01-31', rooms: [used('rm_a', 2)] });
  expect(await read('?from=2026-01-29')).toEqual([
    ['2026-01-31', 'all', 2, 0, 0],
    ['2026-01-30', 'all', 16, 1.5, 0.021],
    ['2026-01-29', 'all', 0, 0, 0],
  ]);
  const byRoom = await read('?by=room');
  expect(byRoom).toHaveLength(3);
  expect(byRoom[0]).toEqual(['2026-01-31', 'a', 2, 0, 0]);
  expect(byRoom).toContainEqual(['2026-01-30', 'a', 15, 0, 0.021]);
  expect(byRoom).toContainEqual(['2026-01-30', 'b', 1, 1.5, 0]);
  expect(await read('?room=rm_a&from=2026-01-30&to=2026-01-30')).toEqual([['2026-01-30', 'a', 15, 0, 0.021]]);
});

test('a report is counted once, however often and by how many heartbeats at once it is told', async () => {
  const report = { seq: 1, day: '2026-01-31', rooms: [used('rm_a', 1), used('rm_b', 1)] };
  await Promise.all([tell('nd_1', report), tell('nd_1', report), tell('nd_1', report)]);
  await tell('nd_1', { ...report, seq: 2 });
  await tell('nd_1', report);
  await world.registerNode('nd_1', { generation: 2 });
  await tell('nd_1', report, 2);
  // Of the life before.
  expect((await tell('nd_1', { ...report, seq: 3 }, 1)).status).toBe(404);
  expect(await read('?from=2026-01-31')).toEqual([['2026-01-31', 'all', 6, 0, 0]]);
});

test('is counted once also when the database says of every other write that others were at it, or loses the answer', async () => {
  let count = 0;
  const faults = ['conflict', undefined, 'answer-lost', undefined, undefined] as const;
  const faulty = await World.open({
    faultOf: (operation) => (operation === 'TransactWriteItems' ? faults[(count += 1) % faults.length] : undefined),
  });
  await faulty.registerNode('nd_1');
  await faulty.roomAt('rm_a', 'nd_1');
  for (let seq = 1; seq <= 30; seq += 1) {
    const usage = { seq, day: '2026-01-31', rooms: [used('rm_a', 1)] };
    const beat = () => faulty.callInternal('/internal/nodes/nd_1/heartbeat', { generation: 1, rooms: [], usage });
    while ((await beat()).status !== 200);
  }
  const { body } = await faulty.call<{ data: UsageResource[] }>('/v1/usage?room=rm_a');
  expect(body.data).toMatchObject([{ participantMinutes: 30 }]);
});

test('pages show every room of every day once, whatever their size', async () => {
  let seq = 0;
  for (let index = 0; index < 40; index += 1) await world.roomAt(`rm_${index.toString(36)}`, 'nd_1');
  for (const day of ['2026-01-02', '2026-01-05', '2026-01-31'])
    for (let first = 0; first < 40; first += 20) {
      const rooms = Array.from({ length: 20 }, (_, index) => used(`rm_${(first + index).toString(36)}`, 1));
      await tell('nd_1', { seq: (seq += 1), day, rooms });
    }
  for (const limit of [1, 7, 100]) {
    const all = await readAll(`by=room&limit=${limit}`);
    expect(all).toHaveLength(120);
    expect(new Set(all.map(({ day, room }) => `${day} ${room?.id}`)).size).toBe(120);
    expect(all.map(({ day }) => day)).toEqual(
      all
        .map(({ day }) => day)
        .toSorted()
        .toReversed(),
    );
  }
  expect(await readAll('by=day&limit=10')).toHaveLength(31);
  expect(await readAll('room=rm_1&limit=1')).toHaveLength(3);
  // Looks at more places than one page may.
  expect(await readAll('by=room&limit=100&from=2025-06-01')).toHaveLength(120);
});

test('a room is named while it is there, and meant by its id also when it is gone', async () => {
  await world.roomAt('rm_algebra', 'nd_1');
  await tell('nd_1', {
    seq: 1,
    day: '2026-01-31',
    rooms: [used('rm_algebra', 3)],
  });
  expect(await read('?room=algebra')).toEqual([['2026-01-31', 'algebra', 3, 0, 0]]);
  await world.call('/v1/rooms/rm_algebra', { method: 'DELETE' });
  expect(await read('?room=rm_algebra')).toEqual([['2026-01-31', 'algebra', 3, 0, 0]]);
  expect((await world.call('/v1/usage?room=algebra')).body).toMatchObject({ code: 'room-not-found' });
});

test('is read with a scope of its own, for days that there are', async () => {
  const keyOf = async (scopes: string[]) =>
    (await world.post<{ secret: string }>('/v1/keys', { name: 'billing', scopes })).body.secret;
  expect((await world.call('/v1/usage', { bearer: await keyOf(['usage:read']) })).status).toBe(200);
  expect((await world.call('/v1/usage', { bearer: await keyOf(['rooms:read']) })).body).toMatchObject({
    code: 'forbidden',
  });
  const all = 'from=0001-01-01&to=9999-12-31';
  const startedMs = performance.now();
  for (const query of ['from=2026-02-30', 'from=2026-02-01', 'to=yesterday', 'from=2024-01-01', 'by=hour', all])
    expect((await world.call(`/v1/usage?${query}`)).body).toMatchObject({ code: 'invalid-request' });
  // Days are not gone through to find that there are too many.
  expect(performance.now() - startedMs).toBeLessThan(1000);
});

const YEARS = 10 * 365 * 24 * 60;

test('what cannot be is not counted, and the log has it: nobody was there for so long', async () => {
  expect((await tell('nd_1', { seq: 1, day: '2026-01-31', rooms: [used('rm_a', YEARS)] })).status).toBe(200);
  await tell('nd_1', { seq: 2, day: '2026-01-31', rooms: [used('rm_b', 0, { egressMs: YEARS * MINUTE })] });
  // Told again, it is not written again.
  await tell('nd_1', { seq: 2, day: '2026-01-31', rooms: [used('rm_b', 0, { egressMs: YEARS * MINUTE })] });
  await tell('nd_1', { seq: 3, day: '2026-01-31', rooms: [used('rm_a', 3)] });
  expect(await read('?from=2026-01-31')).toEqual([['2026-01-31', 'all', 3, 0, 0]]);
  expect(world.errors).toMatchObject([
    { node: 'nd_1', seq: 1, participantMs: YEARS * MINUTE },
    { node: 'nd_1', seq: 2, egressMs: YEARS * MINUTE },
  ]);
});

test('all that a full node can have counted is counted, also after a day without the control plane', async () => {
  const DAY = 24 * 60;
  const capacity = 100;
  world.nowMs += DAY * MINUTE;
  // Many rooms are told one after the other.
  await tell('nd_1', { seq: 1, day: '2026-01-31', rooms: [used('rm_a', (capacity * DAY) / 2)] });
  await tell('nd_1', { seq: 2, day: '2026-02-01', rooms: [used('rm_b', (capacity * DAY) / 2)] });
  expect(await read('?from=2026-02-01')).toEqual([['2026-02-01', 'all', (capacity * DAY) / 2, 0, 0]]);
  // Those who came before it registered, and no more.
  await tell('nd_1', { seq: 3, day: '2026-02-01', rooms: [used('rm_c', capacity * 60)] });
  expect(world.errors).toEqual([]);
  await tell('nd_1', { seq: 4, day: '2026-02-01', rooms: [used('rm_c', 1)] });
  expect(world.errors).toHaveLength(1);
  world.nowMs += MINUTE;
  await tell('nd_1', { seq: 5, day: '2026-02-01', rooms: [used('rm_c', capacity)] });
  expect(world.errors).toHaveLength(1);
  // Another life has another budget.
  await world.registerNode('nd_1', { generation: 2 });
  await tell('nd_1', { seq: 1, day: '2026-02-01', rooms: [used('rm_c', capacity * 60)] }, 2);
  await tell('nd_1', { seq: 2, day: '2026-02-01', rooms: [used('rm_c', 1)] }, 2);
  expect(world.errors).toHaveLength(2);
});

test.each(['2036-01-31', '2016-01-31'])('a day of which nobody can tell now (%s) is today', async (day) => {
  await tell('nd_1', { seq: 1, day, rooms: [used('rm_a', 3)] });
  expect(await read('?from=2026-01-31')).toEqual([['2026-01-31', 'all', 3, 0, 0]]);
  expect(await read(`?from=${day}&to=${day}`)).toEqual([[day, 'all', 0, 0, 0]]);
  expect(world.errors).toMatchObject([{ node: 'nd_1', day, countedTo: '2026-01-31' }]);
});

test('of a room that the node never held, nothing is counted, and all else is', async () => {
  await world.registerNode('nd_3');
  await world.roomAt('rm_d', 'nd_3');
  const rooms = [used('rm_a', 5), used('rm_d', 2), used('rm_nowhere', 1)];
  expect((await tell('nd_3', { seq: 1, day: '2026-01-31', rooms })).body).toMatchObject({
    refused: [
      { id: 'rm_a', code: 'not-held' },
      { id: 'rm_nowhere', code: 'not-held' },
    ],
  });
  expect(await read('?from=2026-01-31')).toEqual([['2026-01-31', 'all', 2, 0, 0]]);
  expect(world.errors).toEqual([{ node: 'nd_3', count: 2, of: ['rm_a', 'rm_nowhere'] }]);
});

test('what a drained node counted last is counted after its rooms moved, or are gone', async () => {
  await world.call('/v1/rooms/rm_b', { method: 'DELETE' });
  await world.post('/v1/nodes/nd_1/drain', { timeoutSeconds: 0 });
  world.nowMs += 1000;
  const rooms = [used('rm_a', 5), used('rm_b', 2)];
  expect((await tell('nd_1', { seq: 1, day: '2026-01-31', rooms })).body).toMatchObject({ refused: [] });
  expect((await world.store.rooms.get('rm_a'))?.allocation).toBeUndefined();
  // That it was moved from before, too.
  await tell('nd_2', { seq: 1, day: '2026-01-31', rooms: [used('rm_a', 1)] });
  expect(await read('?from=2026-01-31')).toEqual([['2026-01-31', 'all', 8, 0, 0]]);
  expect(world.errors).toEqual([]);
});
