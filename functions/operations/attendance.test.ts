import type { AttendanceReport } from '@muon/contract/internal.ts';
import { beforeEach, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';

let world: World;
let room: { id: string; name: string };
beforeEach(async () => {
  world = await World.open();
  await world.registerNode('nd_1');
  ({ room } = await world.roomWithToken());
});

const hear = (events: string[]) => world.post('/v1/webhooks', { url: 'https://example.com/events', events });

function report(seq: number, identity: string, more: Partial<AttendanceReport> = {}): AttendanceReport {
  const joinedAt = new Date(world.nowMs).toISOString();
  const place = { id: room.id, name: room.name };
  return { seq, room: place, identity, name: identity, kind: 'standard', attributes: {}, joinedAt, ...more };
}

const beat = (attendance: AttendanceReport[], generation = 1) =>
  world.callInternal('/internal/nodes/nd_1/heartbeat', { generation, rooms: [], attendance });
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
