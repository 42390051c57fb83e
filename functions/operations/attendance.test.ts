import type { AttendanceReport } from '@muon/contract/internal.ts';
import { beforeEach, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';

let world: World;
let room: { id: string; name: string };
beforeEach(async () => {
  world = await World.open();
  await world.registerNode('nd_1');
  const made = await world.roomWithToken();
  room = made.room;
  await world.post('/v1/join', {}, made.token);
});

const hear = (events: string[]) => world.post('/v1/webhooks', { url: 'https://example.com/events', events });

function report(seq: number, identity: string, more: Partial<AttendanceReport> = {}): AttendanceReport {
  const joinedAt = new Date(world.nowMs).toISOString();
  const place = { id: room.id, name: room.name };
  return { seq, room: place, identity, name: identity, kind: 'standard', attributes: {}, joinedAt, ...more };
}

const beat = (attendance: AttendanceReport[], generation = 1, node = 'nd_1') =>
  world.callInternal(`/internal/nodes/${node}/heartbeat`, { generation, rooms: [], attendance });
const events = async () =>
  (await world.store.outbox.pending(room.id.slice(3)))
    .filter(({ head }) => head.type.startsWith('participant.'))
    .map(({ head, body }) => `${head.type} ${(JSON.parse(body) as { data: { identity: string } }).data.identity}`);

test('who comes and goes is told in the order of the node, once however often the node tells it', async () => {
  await hear(['participant.*']);
  const leftAt = new Date(world.nowMs).toISOString();
  const first = [report(1, 'ada'), report(2, 'bob')];
  await beat(first);
  await beat([...first, report(3, 'ada', { leftAt, reason: 'removed' })]);
  await beat([report(3, 'ada', { leftAt, reason: 'removed' }), report(4, 'ada')]);
  expect(await events()).toEqual([
    'participant.joined ada',
    'participant.joined bob',
    'participant.left ada',
    'participant.joined ada',
  ]);
  const [, , left] = (await world.store.outbox.pending(room.id.slice(3))).filter(({ head }) =>
    head.type.startsWith('participant.'),
  );
  expect(JSON.parse(left!.body)).toMatchObject({
    room: { id: room.id, name: room.name },
    data: { identity: 'ada', node: 'nd_1', leftAt, reason: 'removed' },
  });
});

test('a node that has started again counts from 1 again', async () => {
  await hear(['participant.*']);
  await beat([report(1, 'ada'), report(2, 'bob')]);
  await world.registerNode('nd_1', { generation: 2 });
  await beat([report(1, 'carol')], 2);
  expect(await events()).toHaveLength(3);
});

test('what no webhook wants to hear is not kept, and not told when one comes later', async () => {
  await hear(['participant.left']);
  await beat([report(1, 'ada')]);
  await hear(['participant.*']);
  await beat([report(1, 'ada'), report(2, 'bob')]);
  expect(await events()).toEqual(['participant.joined bob']);
});

test('of heartbeats that tell the same at once, each report is taken once, in order', async () => {
  await hear(['participant.*']);
  const all = Array.from({ length: 10 }, (_, index) => report(index + 1, `user-${index}`));
  await Promise.all([beat(all), beat(all), beat(all)]);
  expect(await events()).toEqual(all.map(({ identity }) => `participant.joined ${identity}`));
});

test('of a room that a node never held, nothing is told: the node hears it, and the log has it', async () => {
  await hear(['participant.*']);
  await world.registerNode('nd_2');
  const foreign = [
    report(1, 'ada'),
    report(2, 'bob'),
    report(3, 'eve', { room: { id: 'rm_nowhere', name: 'nowhere' } }),
  ];
  expect((await beat(foreign, 1, 'nd_2')).body).toMatchObject({
    refused: [
      { id: room.id, code: 'not-held' },
      { id: 'rm_nowhere', code: 'not-held' },
    ],
  });
  expect(await events()).toEqual([]);
  expect(world.errors).toEqual([{ node: 'nd_2', count: 2, of: [room.id, 'rm_nowhere'] }]);
  // What it may tell is taken beside what it may not.
  await world.roomAt('rm_own', 'nd_2');
  await beat([report(4, 'ada'), report(5, 'carol', { room: { id: 'rm_own', name: 'own' } })], 1, 'nd_2');
  expect(await world.store.outbox.pending('own')).toMatchObject([{ head: { type: 'participant.joined' } }]);
  expect(await events()).toEqual([]);
});

test('the last of a node is told after its room moved or is gone, and not for ever', async () => {
  await hear(['participant.*']);
  await world.registerNode('nd_2');
  await world.roomAt('rm_moved', 'nd_1', 'nd_2');
  const moved = { room: { id: 'rm_moved', name: 'moved' } };
  const told = async () => (await world.store.outbox.pending('moved')).length;
  await beat([report(1, 'ada', moved)]);
  expect(await told()).toBe(1);
  await world.call('/v1/rooms/rm_moved', { method: 'DELETE' });
  world.nowMs += 6 * 86_400_000;
  expect((await beat([report(2, 'bob', moved)])).body).toMatchObject({ refused: [] });
  // The room's end, and both.
  expect(await told()).toBe(3);
  world.nowMs += 86_400_000;
  expect((await beat([report(3, 'carol', moved)])).body).toMatchObject({ refused: [{ id: 'rm_moved' }] });
  expect(await told()).toBe(3);
});
