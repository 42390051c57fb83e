import { expect, test } from 'vitest';
import { AttendanceReports } from './attendance-reports.ts';
import { claimsOf, FakePeer } from './room.fixture.ts';
import { Rooms } from './rooms.ts';

const tell = ({ next }: AttendanceReports) => next.map(({ identity, reason }) => [identity, reason ?? 'joined']);

test('everybody who is shown is reported, in order, with why they left', () => {
  const rooms = new Rooms();
  const ada = rooms.join(claimsOf('ada'), new FakePeer());
  rooms.join(claimsOf('ghost', { grants: { hidden: true } }), new FakePeer());
  rooms.join(claimsOf('bob'), new FakePeer());
  rooms.join(claimsOf('bob'), new FakePeer());
  ada.room.removeParticipant(ada.participant, 'enough');
  rooms.closeAll({ code: 'draining', reason: 'no-node-available' });
  expect(tell(rooms.reports)).toEqual([
    ['ada', 'joined'],
    ['bob', 'joined'],
    ['bob', 'replaced'],
    ['bob', 'joined'],
    ['ada', 'removed'],
    ['bob', 'draining'],
  ]);
  expect(rooms.reports.next.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  const [first] = rooms.reports.next;
  expect(first).toMatchObject({ room: { id: 'rm_test', name: 'test' }, name: 'ada', kind: 'standard' });
});

test('what was told is not told again, what was not is', () => {
  const rooms = new Rooms();
  const seat = rooms.join(claimsOf('ada'), new FakePeer());
  const told = rooms.reports.next.at(-1);
  seat.leave();
  rooms.reports.told(told);
  expect(tell(rooms.reports)).toEqual([['ada', 'left']]);
  rooms.reports.told(rooms.reports.next.at(-1));
  expect(rooms.reports.waiting).toBe(false);
});

test('reports of many words are told in pieces that a heartbeat carries, all in the end', () => {
  const rooms = new Rooms();
  const attributes = { words: '\u00e4'.repeat(1000), more: '\u00e4'.repeat(1000) };
  for (let count = 0; count < 200; count += 1)
    rooms.join(claimsOf(`p${count}`, { attributes, maxParticipants: 200 }), new FakePeer());
  const seqs: number[] = [];
  while (rooms.reports.waiting) {
    const { next } = rooms.reports;
    expect(Buffer.byteLength(JSON.stringify(next))).toBeLessThan(300_000);
    seqs.push(...next.map(({ seq }) => seq));
    rooms.reports.told(next.at(-1));
  }
  expect(seqs).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
});

test('while nobody listens, the oldest are forgotten, and counted', () => {
  const rooms = new Rooms();
  for (let count = 0; count < 5001; count += 1) rooms.join(claimsOf('ada'), new FakePeer()).leave();
  expect(rooms.reports.next).toHaveLength(200);
  expect(rooms.reports.next[0]?.seq).toBe(3);
  expect([rooms.reports.told(undefined), rooms.reports.told(undefined)]).toEqual([2, 0]);
});
