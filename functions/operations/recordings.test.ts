import type { Egress } from '@muon/contract/egress.ts';
import type { EgressAssignment, GatewayHeartbeatAnswer } from '@muon/contract/internal.ts';
import type { Recording } from '@muon/contract/recording.ts';
import type { Room } from '@muon/contract/room.ts';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { World } from '../http/world.fixture.ts';
import { giveUpLostRecordings } from './recordings.ts';

let world: World;
let room: Room;
beforeEach(async () => {
  world = await World.open();
  await world.registerGateway('gw_1', { capacity: 10 });
  room = (await world.post<Room>('/v1/rooms', {})).body;
});

const begun: Recording = { id: 'rc_1', status: 'recording', startedAt: '2026-01-31T10:00:00.000Z' };
const ready: Recording = {
  ...begun,
  status: 'ready',
  durationSeconds: 12.5,
  sizeBytes: 4_000_000,
  location: 'file:///var/lib/muon/recordings/eg_1/rc_1.mp4',
  url: 'http://localhost:8088/hls/eg_1/rc_1.mp4?token=x',
};

const create = async (body: object) => {
  const answer = await world.post<Egress>('/v1/egresses', { room: room.id, ...body });
  expect(answer.status).toBe(201);
  return answer.body;
};
const read = async ({ id }: Egress) => (await world.call<Egress>(`/v1/egresses/${id}`)).body;
async function beat(gateway: string, more: object = {}): Promise<readonly EgressAssignment[]> {
  const body = { generation: 1, egresses: [], ...more };
  return (await beatOf(gateway, body)).egresses;
}
async function beatOf(gateway: string, body: object) {
  const answer = await world.callInternal<GatewayHeartbeatAnswer>(`/internal/gateways/${gateway}/heartbeat`, body);
  expect(answer.status).toBe(200);
  return answer.body;
}
const tell = (egress: Egress, ...recordings: Recording[]) =>
  beat('gw_1', { recordings: recordings.map((recording) => ({ egress: egress.id, recording })) });
const events = async () =>
  (await world.store.outbox.pending(room.id.slice(3)))
    .map(({ head, body }) => ({ type: head.type, data: (JSON.parse(body) as { data: Egress }).data }))
    .filter(({ type }) => type.startsWith('egress.'));

test('a gateway that others come in between of each time is to tell again later', async () => {
  const egress = await create({ record: true });
  const record = vi.spyOn(world.store.egresses, 'record').mockResolvedValue('changed');
  const body = { generation: 1, egresses: [], recordings: [{ egress: egress.id, recording: begun }] };
  expect(await world.callInternal('/internal/gateways/gw_1/heartbeat', body)).toMatchObject({
    status: 503,
    body: { code: 'overloaded' },
  });
  record.mockRestore();
  await tell(egress, begun);
  expect((await read(egress)).recordings).toEqual([begun]);
});

test('a recording alone is a broadcast without outputs; neither of both is refused', async () => {
  const egress = await create({ record: true });
  expect(egress).toMatchObject({ outputs: [], recordings: [] });
  const plain = await create({ outputs: [{ type: 'hls' }] });
  expect(plain).not.toHaveProperty('recordings');
  expect((await beat('gw_1')).map(({ id, record }) => [id, record])).toEqual(
    expect.arrayContaining([
      [egress.id, true],
      [plain.id, false],
    ]),
  );
  for (const body of [{}, { outputs: [] }, { outputs: [], record: false }])
    expect(await world.post('/v1/egresses', { room: room.id, ...body })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request' },
    });
});

test('the egress tells of its files, and webhooks hear when one is ready, also after its end', async () => {
  const egress = await create({ outputs: [{ type: 'hls' }], record: true });
  await tell(egress, begun);
  expect((await read(egress)).recordings).toEqual([begun]);
  await world.call(`/v1/egresses/${egress.id}`, { method: 'DELETE' });
  await tell(egress, ready);
  const ended = await read(egress);
  expect(ended).toMatchObject({ status: 'stopped', recordings: [ready] });
  expect((await events()).map(({ type }) => type)).toEqual(['egress.ended', 'egress.recorded']);
  expect((await events()).at(-1)!.data).toEqual(ended);
  expect(await beat('gw_1')).toEqual([]);
  expect((await world.store.gateways.get('gw_1'))?.reserved).toBe(0);
});

test('what is told again or late changes nothing, and a gateway that took over adds its own', async () => {
  const egress = await create({ record: true });
  const second: Recording = { ...begun, id: 'rc_2' };
  for (const told of [begun, ready, ready, begun]) await tell(egress, told);
  await Promise.all([tell(egress, second), tell(egress, second), tell(egress, second)]);
  await tell(egress, { ...second, status: 'failed', reason: 'The disk of the recordings is full (ENOSPC).' });
  expect((await read(egress)).recordings).toMatchObject([ready, { id: 'rc_2', status: 'failed' }]);
  expect((await events()).map(({ type }) => type)).toEqual(['egress.recorded', 'egress.recorded']);
  expect(world.errors).toEqual([]);
});

test('of one that is not recorded, or not known, nothing is kept, and the number of files is bounded', async () => {
  const plain = await create({ outputs: [{ type: 'hls' }] });
  await tell(plain, ready);
  expect(await read(plain)).not.toHaveProperty('recordings');
  await tell({ ...plain, id: 'eg_nowhere' }, ready);
  const egress = await create({ record: true });
  for (let from = 0; from < 60; from += 30)
    await tell(egress, ...Array.from({ length: 30 }, (_, index) => ({ ...ready, id: `rc_${from + index}` })));
  expect((await read(egress)).recordings).toHaveLength(50);
});

test('a broadcast that another gateway takes over is recorded there', async () => {
  const egress = await create({ record: true });
  world.nowMs += 60_000;
  await world.registerGateway('gw_2', { capacity: 10 });
  expect(await beat('gw_2')).toMatchObject([{ id: egress.id, record: true }]);
});

test('a gateway may tell of its own files alone: it hears what is refused, and the log has it', async () => {
  const egress = await create({ record: true });
  await tell(egress, begun);
  await world.registerGateway('gw_2', { capacity: 10 });
  const tellOf = (gateway: string, ...recordings: Recording[]) =>
    beatOf(gateway, {
      generation: 1,
      egresses: [],
      recordings: recordings.map((each) => ({ egress: egress.id, recording: each })),
    });
  const forged = { ...ready, url: 'https://evil.example/rc_1.mp4' };
  expect(await tellOf('gw_2', forged, { ...forged, id: 'rc_new' })).toMatchObject({
    refused: [
      { id: 'rc_1', code: 'not-held' },
      { id: 'rc_new', code: 'not-held' },
    ],
  });
  expect((await read(egress)).recordings).toEqual([begun]);
  expect(world.errors).toEqual([{ gateway: 'gw_2', count: 2, of: ['rc_1', 'rc_new'] }]);
  expect(await tellOf('gw_1', ready)).toMatchObject({ refused: [] });
  expect((await read(egress)).recordings).toEqual([ready]);
});

test('a gateway that lost a broadcast to another tells of what it recorded all the same, for a week', async () => {
  const egress = await create({ record: true });
  world.nowMs += 60_000;
  await world.registerGateway('gw_2', { capacity: 10 });
  await beat('gw_2');
  await world.call(`/v1/egresses/${egress.id}`, { method: 'DELETE' });
  const tellOf = async (id: string) => {
    const recordings = [{ egress: egress.id, recording: { ...ready, id } }];
    return (await beatOf('gw_1', { generation: 1, egresses: [], recordings })).refused;
  };
  expect(await tellOf('rc_late')).toEqual([]);
  world.nowMs += 7 * 86_400_000;
  expect(await tellOf('rc_too-late')).toMatchObject([{ id: 'rc_too-late' }]);
  expect((await read(egress)).recordings).toMatchObject([{ id: 'rc_late' }]);
});

test('a broadcast that starts by itself is recorded, too', async () => {
  await world.registerNode('nd_1');
  const autoEgress = { outputs: [{ type: 'hls' }], record: true };
  const { room: made, token } = await world.roomWithToken({ autoEgress });
  await world.post('/v1/join', {}, token);
  const rooms = [{ id: (made as Room).id, epoch: 1, participants: 1 }];
  await world.callInternal('/internal/nodes/nd_1/heartbeat', { generation: 1, rooms });
  const { body } = await world.call<{ data: Egress[] }>(`/v1/egresses?room=${(made as Room).id}`);
  expect(body.data).toMatchObject([{ outputs: [{ type: 'hls' }], recordings: [] }]);
});

describe('a recording whose gateway is lost', () => {
  const MINUTE_MS = 60_000;
  const recordingsOf = async (egress: Egress) => (await read(egress)).recordings;
  const look = () =>
    giveUpLostRecordings(world.context, { staleMs: 3000, failed: (error) => world.errors.push(error) });
  /** One minute after the other, with a look at the end of each. */
  const pass = async (minutes: number, looking: () => Promise<void> = look) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      world.nowMs += MINUTE_MS;
      await looking();
    }
  };
  const lost = { ...begun, status: 'failed', reason: 'The gateway that wrote it was lost.' };

  test('has failed once it was missed for ten minutes, and webhooks hear it once', async () => {
    const egress = await create({ record: true });
    await tell(egress, begun);
    await pass(10);
    expect(await recordingsOf(egress)).toEqual([begun]);
    await pass(1);
    await Promise.all([look(), look()]);
    expect(await recordingsOf(egress)).toEqual([lost]);
    await pass(20);
    expect(await events()).toMatchObject([{ type: 'egress.recorded', data: { recordings: [lost] } }]);
    expect(await world.store.recordings.unfinished()).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  test('has failed also when the broadcast goes on at another gateway, ends there, and the lost one is forgotten', async () => {
    const egress = await create({ record: true });
    await tell(egress, begun);
    world.nowMs += MINUTE_MS;
    await world.registerGateway('gw_2', { capacity: 10 });
    await beat('gw_2');
    await world.call(`/v1/egresses/${egress.id}`, { method: 'DELETE' });
    await world.store.gateways.forget((await world.store.gateways.get('gw_1'))!);
    await pass(12, world.sweep);
    expect(await recordingsOf(egress)).toEqual([lost]);
  });

  test('goes on where all were away for hours, as on a machine that slept', async () => {
    const egress = await create({ record: true });
    await tell(egress, begun);
    world.nowMs += 8 * 60 * MINUTE_MS;
    await look();
    await beat('gw_1', { unfinished: [begun.id] });
    await pass(10);
    expect(await recordingsOf(egress)).toEqual([begun]);
    await beat('gw_1', { unfinished: [begun.id] });
    await pass(10);
    expect(await recordingsOf(egress)).toEqual([begun]);
  });

  test('is ready after all when the gateway comes back with it, told once more, and stays so', async () => {
    const egress = await create({ record: true });
    await tell(egress, begun);
    await pass(12);
    await tell(egress, begun);
    expect(await recordingsOf(egress)).toEqual([lost]);
    await tell(egress, ready);
    await tell(egress, { ...begun, status: 'failed', reason: 'late' });
    expect(await recordingsOf(egress)).toEqual([ready]);
    expect((await events()).map(({ data }) => data.recordings)).toEqual([[lost], [ready]]);
  });

  test('is given up or ready, and never both in the other order, when it is told of just then', async () => {
    for (let round = 0; round < 10; round += 1) {
      const egress = await create({ record: true });
      await tell(egress, begun);
      await pass(10);
      world.nowMs += MINUTE_MS;
      await Promise.all([look(), tell(egress, ready), look()]);
      expect(await recordingsOf(egress)).toEqual([ready]);
      expect(await world.store.recordings.unfinished()).toEqual([]);
      await world.call(`/v1/egresses/${egress.id}`, { method: 'DELETE' });
    }
    expect(world.errors).toEqual([]);
  });

  test('has failed when a gateway by the same name lives and has not got it', async () => {
    const egress = await create({ record: true });
    await tell(egress, begun);
    await world.registerGateway('gw_1', { capacity: 10, generation: 2 });
    const again = (...unfinished: string[]) => beat('gw_1', { generation: 2, unfinished });
    await again();
    expect(await recordingsOf(egress)).toEqual([begun]);
    world.nowMs += MINUTE_MS;
    await again(begun.id, 'rc_other');
    expect(await recordingsOf(egress)).toEqual([begun]);
    await again('rc_other');
    const reason = 'The gateway started again without it.';
    expect(await recordingsOf(egress)).toEqual([{ ...begun, status: 'failed', reason }]);
    await again();
    expect((await events()).map(({ type }) => type)).toEqual(['egress.recorded']);
  });
});
