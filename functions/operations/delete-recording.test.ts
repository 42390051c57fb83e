import type { Egress } from '@muon/contract/egress.ts';
import type { GatewayHeartbeatAnswer } from '@muon/contract/internal.ts';
import type { Recording } from '@muon/contract/recording.ts';
import type { Room } from '@muon/contract/room.ts';
import { beforeEach, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';

let world: World;
let egress: Egress;
beforeEach(async () => {
  world = await World.open();
  await world.registerGateway('gw_1', { capacity: 10 });
  const { body: room } = await world.post<Room>('/v1/rooms', {});
  egress = (await world.post<Egress>('/v1/egresses', { room: room.id, record: true })).body;
});

const begun: Recording = { id: 'rc_1', status: 'recording', startedAt: '2026-01-31T10:00:00.000Z' };
const whole = { ...begun, status: 'ready', durationSeconds: 12.5, sizeBytes: 4_000_000 } as const;
const onDisk: Recording = {
  ...whole,
  location: 'file:///var/lib/muon/recordings/eg_1/rc_1.mp4',
  url: 'http://localhost:8088/hls/eg_1/rc_1.mp4?token=x',
};
const inBucket: Recording = { ...whole, location: `s3://films/eg_1/rc_1.mp4` };

async function beat(gateway: string, more: object = {}) {
  const body = { generation: 1, egresses: [], unfinished: [], ...more };
  const answer = await world.callInternal<GatewayHeartbeatAnswer>(`/internal/gateways/${gateway}/heartbeat`, body);
  expect(answer.status).toBe(200);
  return answer.body.deleteRecordings;
}
const tell = (...recordings: Recording[]) =>
  beat('gw_1', { recordings: recordings.map((recording) => ({ egress: egress.id, recording })) });
const remove = (id = 'rc_1', of = egress.id) =>
  world.call<Egress>(`/v1/egresses/${of}/recordings/${id}`, { method: 'DELETE' });
const read = async () => (await world.call<Egress>(`/v1/egresses/${egress.id}`)).body;
const name = () => ({ egress: egress.id, recording: 'rc_1' });

test('a recording is deleted: its gateway is told until it has done it, and nobody is told where it is', async () => {
  await tell(begun, onDisk);
  const deleted = await remove();
  const kept = { ...whole, deletedAt: new Date(world.nowMs).toISOString() };
  expect(deleted).toMatchObject({ status: 200, body: { recordings: [kept] } });
  expect((await read()).recordings).toEqual([kept]);
  expect(deleted.body).toEqual(await read());
  expect([await beat('gw_1'), await beat('gw_1')]).toEqual([[name()], [name()]]);
  expect(await beat('gw_1', { deleted: [name()] })).toEqual([]);
  expect(await beat('gw_1', { deleted: [name()] })).toEqual([]);
  // Whoever deletes again, or tells again, changes nothing.
  expect((await remove()).body).toEqual(deleted.body);
  await tell(onDisk);
  expect(await read()).toEqual(deleted.body);
  expect(await beat('gw_1')).toEqual([]);
});

test('one in a bucket is deleted by any gateway that has the bucket, also when its own is gone', async () => {
  await tell(begun, inBucket);
  await remove();
  await world.registerGateway('gw_2', { capacity: 10 });
  expect(await beat('gw_2')).toEqual([]);
  expect(await beat('gw_2', { bucket: 'film' })).toEqual([]);
  expect(await beat('gw_2', { bucket: 'films' })).toEqual([name()]);
  expect(await beat('gw_2', { bucket: 'films', deleted: [name()] })).toEqual([]);
  expect(await beat('gw_1', { bucket: 'films' })).toEqual([]);
});

test('one on the disk of another gateway is nobody else’s to delete, nor to say that it is gone', async () => {
  await tell(begun, onDisk);
  await remove();
  await world.registerGateway('gw_2', { capacity: 10 });
  await world.registerGateway('gw_11', { capacity: 10 });
  expect(await beat('gw_2', { bucket: 'films', deleted: [name()] })).toEqual([]);
  expect(await beat('gw_11')).toEqual([]);
  expect(await beat('gw_1')).toEqual([name()]);
});

test('one that is still written, or that there is not, is not deleted', async () => {
  await tell(begun);
  expect(await remove()).toMatchObject({ status: 409, body: { code: 'recording-unfinished' } });
  expect(await remove('rc_2')).toMatchObject({ status: 404, body: { code: 'recording-not-found' } });
  expect(await remove('rc_1', 'eg_none')).toMatchObject({ status: 404, body: { code: 'egress-not-found' } });
  expect((await read()).recordings).toEqual([begun]);
  const plain = await world.post<Egress>('/v1/egresses', { room: egress.room.id, outputs: [{ type: 'hls' }] });
  expect((await remove('rc_1', plain.body.id)).body).toMatchObject({ code: 'recording-not-found' });
});

test('it takes the scope that broadcasts are stopped with', async () => {
  await tell(begun, onDisk);
  const withScopes = async (scopes: string[]) =>
    (await world.post<{ secret: string }>('/v1/keys', { name: 'key', scopes })).body.secret;
  const path = `/v1/egresses/${egress.id}/recordings/rc_1`;
  const as = async (scope: string) => world.call(path, { method: 'DELETE', bearer: await withScopes([scope]) });
  expect((await as('egresses:read')).status).toBe(403);
  expect((await as('egresses:write')).status).toBe(200);
});

test('one that was given up and deleted is deleted as well when its gateway comes back with it', async () => {
  await tell(begun);
  world.nowMs += 60_000;
  await world.registerGateway('gw_1', { capacity: 10, generation: 2 });
  await beat('gw_1', { generation: 2 });
  expect((await remove()).status).toBe(200);
  const recordings = [{ egress: egress.id, recording: onDisk }];
  expect(await beat('gw_1', { generation: 2, recordings })).toEqual([name()]);
  expect((await read()).recordings).toMatchObject([{ status: 'failed', deletedAt: expect.any(String) as string }]);
  expect(JSON.stringify(await read())).not.toContain('token=');
});

test('of several who delete at once and a gateway that tells of another file, all have their way', async () => {
  await tell(begun, onDisk);
  const answers = await Promise.all([remove(), remove(), tell({ ...begun, id: 'rc_2' }), remove()]);
  expect(answers.map((answer) => ('status' in answer ? answer.status : 200))).toEqual([200, 200, 200, 200]);
  expect((await read()).recordings).toMatchObject([{ deletedAt: expect.any(String) as string }, { id: 'rc_2' }]);
  expect(await beat('gw_1', { unfinished: ['rc_2'] })).toEqual([name()]);
});
