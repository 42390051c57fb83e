import type { UsageReport } from '@muon/contract/usage.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimsOf } from './room.fixture.ts';
import type { Moment } from './moment.ts';
import { UsageMeter } from './usage-meter.ts';

const NOON = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;

/** What both clocks say; the machine's is ahead by so much. */
function at(ms: number, aheadMs = 0): Moment {
  return { steadyMs: ms - NOON, wallMs: ms + aheadMs };
}
const algebra = { id: 'rm_algebra', name: 'algebra' };
const music = { id: 'rm_music', name: 'music' };

function somebody(kind: AccessClaims['kind'] = 'standard', hidden = false) {
  return { hidden, claims: { ...claimsOf('ada'), kind } };
}

/** All that is told until nothing is left. */
function tell(meter: UsageMeter, nowMs: number, aheadMs = 0): UsageReport[] {
  const now = at(nowMs, aheadMs);
  const reports: UsageReport[] = [];
  for (let next = meter.next(now); next; next = meter.next(now)) {
    reports.push(next);
    meter.told(next);
  }
  return reports;
}

const told = (meter: UsageMeter, nowMs: number, aheadMs = 0) =>
  tell(meter, nowMs, aheadMs).flatMap(({ day, rooms }) =>
    rooms.map(({ room, participantMs, egressMs, callMs }) => [day, room.name, participantMs, egressMs, callMs]),
  );

test('everybody who is shown is counted, telephones also as calls; of those who are not, broadcasts', () => {
  const meter = new UsageMeter();
  const all = [somebody(), somebody('ingress'), somebody('sip'), somebody('egress', true), somebody('standard', true)];
  for (const each of all) meter.joined(algebra, each, at(NOON));
  for (const each of all) meter.left(each, at(NOON + 1000));
  expect(told(meter, NOON + 1000)).toEqual([['2026-01-31', 'algebra', 3000, 1000, 1000]]);
  expect(meter.waiting).toBe(false);
});

test('those who stay are counted each minute, those who were last to leave a room at once', () => {
  const meter = new UsageMeter();
  const [ada, bob, carol] = [somebody(), somebody(), somebody()];
  expect(told(meter, NOON)).toEqual([]);
  meter.joined(algebra, ada, at(NOON));
  meter.joined(algebra, bob, at(NOON));
  meter.joined(music, carol, at(NOON));
  meter.left(bob, at(NOON + 10_000));
  expect(told(meter, NOON + 59_999)).toEqual([]);
  meter.left(carol, at(NOON + 59_999));
  expect(told(meter, NOON + 59_999)).toEqual([['2026-01-31', 'music', 59_999, 0, 0]]);
  expect(told(meter, NOON + MINUTE)).toEqual([['2026-01-31', 'algebra', 70_000, 0, 0]]);
  expect(told(meter, NOON + 2 * MINUTE)).toEqual([['2026-01-31', 'algebra', MINUTE, 0, 0]]);
});

test('whoever stays over midnight, in UTC, is counted to each day', () => {
  const meter = new UsageMeter();
  const ada = somebody();
  meter.joined(algebra, ada, at(NOON + 11.5 * 60 * MINUTE));
  meter.left(ada, at(NOON + 37 * 60 * MINUTE));
  expect(told(meter, NOON)).toEqual([
    ['2026-01-31', 'algebra', 30 * MINUTE, 0, 0],
    ['2026-02-01', 'algebra', 24 * 60 * MINUTE, 0, 0],
    ['2026-02-02', 'algebra', 60 * MINUTE, 0, 0],
  ]);
});

test('a report is told until it was heard, as it was, while counting goes on', () => {
  const meter = new UsageMeter();
  const ada = somebody();
  tell(meter, NOON);
  meter.joined(algebra, ada, at(NOON));
  const first = meter.next(at(NOON + MINUTE));
  expect(meter.next(at(NOON + 5 * MINUTE))).toBe(first);
  meter.told(undefined);
  expect(meter.next(at(NOON + 6 * MINUTE))).toBe(first);
  meter.told(first);
  expect(tell(meter, NOON + 6 * MINUTE)).toMatchObject([{ seq: 2, rooms: [{ participantMs: 5 * MINUTE }] }]);
});

test('many rooms are told in several reports', () => {
  const meter = new UsageMeter();
  for (let room = 0; room < 200; room += 1) meter.joined({ id: `rm_${room}`, name: `r${room}` }, somebody(), at(NOON));
  const reports = tell(meter, NOON + MINUTE);
  expect(reports.map(({ seq, rooms }) => [seq, rooms.length])).toEqual([
    [1, 80],
    [2, 80],
    [3, 40],
  ]);
});

const YEARS = 10 * 365 * 24 * 60 * MINUTE;

test.each([
  ['ahead by years', YEARS, '2036-01-29'],
  ['back by years', -YEARS, '2016-02-03'],
  ['back by an hour', -60 * MINUTE, '2026-01-31'],
])('a clock that is set %s changes the day, and not how long anybody was there', (_, aheadMs, day) => {
  const meter = new UsageMeter();
  const [ada, bob] = [somebody(), somebody()];
  meter.joined(algebra, ada, at(NOON));
  meter.joined(algebra, bob, at(NOON));
  expect(told(meter, NOON + 10 * MINUTE)).toEqual([['2026-01-31', 'algebra', 20 * MINUTE, 0, 0]]);
  expect(told(meter, NOON + 11 * MINUTE, aheadMs)).toEqual([[day, 'algebra', 2 * MINUTE, 0, 0]]);
  meter.left(ada, at(NOON + 12 * MINUTE, aheadMs));
  meter.left(bob, at(NOON + 12 * MINUTE));
  const used = tell(meter, NOON + 12 * MINUTE).flatMap(({ rooms }) => rooms.map(({ participantMs }) => participantMs));
  expect(used.reduce((sum, ms) => sum + ms, 0)).toBe(2 * MINUTE);
});

test('however it is told, all that was used is told once, each day its part', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ from: fc.nat(4000), minutes: fc.nat(3000) }), { maxLength: 12 }),
      fc.array(fc.nat(8000), { maxLength: 40 }),
      (stays, looks) => {
        const meter = new UsageMeter();
        const who = stays.map(() => somebody());
        const acts = [
          ...stays.map(({ from }, index) => ({ at: from, act: 'join', index })),
          ...stays.map(({ from, minutes }, index) => ({ at: from + minutes, act: 'leave', index })),
          ...looks.map((look) => ({ at: look, act: 'tell', index: 0 })),
        ].toSorted((a, b) => a.at - b.at);
        const reports: UsageReport[] = [];
        for (const { at: minute, act, index } of acts) {
          const nowMs = NOON + minute * MINUTE;
          if (act === 'join') meter.joined(algebra, who[index]!, at(nowMs));
          else if (act === 'leave') meter.left(who[index]!, at(nowMs));
          else reports.push(...tell(meter, nowMs));
        }
        reports.push(...tell(meter, NOON + 1e9));
        const sums = new Map<string, number>();
        for (const { day, rooms } of reports)
          for (const { participantMs } of rooms) sums.set(day, (sums.get(day) ?? 0) + participantMs);
        for (let day = Date.UTC(2026, 0, 31); day < NOON + 8000 * MINUTE; day += 24 * 60 * MINUTE) {
          const expected = stays.reduce((sum, { from, minutes }) => {
            const start = Math.max(day, NOON + from * MINUTE);
            return sum + Math.max(0, Math.min(day + 24 * 60 * MINUTE, NOON + (from + minutes) * MINUTE) - start);
          }, 0);
          expect(sums.get(new Date(day).toISOString().slice(0, 10)) ?? 0).toBe(expected);
        }
      },
    ),
  );
});
