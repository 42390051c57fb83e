import { after, edges, seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { LossTracker } from './loss-tracker.ts';

describe.each(edges)('a stream that starts at %i', (start) => {
  test('asks for what is missing, and not before reordering had its time', () => {
    const tracker = new LossTracker();
    for (const by of [0, 1, 4]) tracker.arrived(after(start, by), 0);
    expect(tracker.poll(5)).toEqual([]);
    expect(tracker.poll(tracker.deadlineMs)).toEqual([after(start, 2), after(start, 3)]);
    expect(tracker.poll(11)).toEqual([]);
  });

  test('asks again after a round trip, and gives up in the end', () => {
    const tracker = new LossTracker();
    tracker.arrived(start, 0);
    tracker.arrived(after(start, 2), 0);
    let requests = 0;
    for (let ms = 0; ms < 5000; ms += 5) requests += tracker.poll(ms).length;
    expect(requests).toBeGreaterThan(5);
    expect(requests).toBeLessThanOrEqual(10);
    expect(tracker.deadlineMs).toBe(Infinity);
  });

  test('asks for nothing when packets are only out of order', () => {
    const tracker = new LossTracker();
    for (const by of [0, 3, 1, 2, 5, 4]) expect(tracker.arrived(after(start, by), by)).toBe('new');
    expect(tracker.poll(1000)).toEqual([]);
  });

  test('tells duplicates from new packets', () => {
    const tracker = new LossTracker();
    for (let by = 0; by < 3000; by++) tracker.arrived(after(start, by), by);
    expect(tracker.arrived(after(start, 2999), 3000)).toBe('duplicate');
    expect(tracker.arrived(after(start, 2000), 3000)).toBe('duplicate');
    expect(tracker.arrived(after(start, 100), 3000)).toBe('stale');
  });

  test('repairs a stream with a tenth of its packets lost, both ways', () => {
    const random = seeded(start);
    const tracker = new LossTracker();
    const repairs: { atMs: number; seq: number }[] = [];
    const received = new Set<number>();
    for (let ms = 0; ms < 4000; ms++) {
      if (ms < 3000 && (ms === 0 || random() > 0.1)) {
        tracker.arrived(after(start, ms), ms);
        received.add(after(start, ms));
      }
      for (const { seq } of repairs.filter(({ atMs }) => atMs === ms)) {
        if (random() < 0.1) continue;
        tracker.arrived(seq, ms);
        received.add(seq);
      }
      for (const seq of tracker.poll(ms)) if (random() > 0.1) repairs.push({ atMs: ms + 40, seq });
    }
    // Nobody can know of a loss at the very end.
    expect(received.size).toBeGreaterThanOrEqual(2995);
    expect(tracker.rttMs).toBeGreaterThan(35);
    expect(tracker.rttMs).toBeLessThan(60);
  });

  test('waits as long as the network reorders, and asks sooner again when it stops', () => {
    const tracker = new LossTracker();
    tracker.roundTrip(200);
    let asked = 0;
    let seq = 0;
    const swap = (lateMs: number, atMs: number): void => {
      tracker.arrived(after(start, seq), atMs);
      tracker.arrived(after(start, seq + 2), atMs);
      for (let ms = 0; ms < lateMs; ms += 5) asked += tracker.poll(atMs + ms).length;
      tracker.arrived(after(start, seq + 1), atMs + lateMs);
      seq += 3;
    };
    for (let i = 0; i < 50; i++) swap(30, i * 100);
    expect(asked).toBe(1);
    for (let i = 0; i < 200; i++) swap(0, 10_000 + i * 100);
    tracker.arrived(after(start, seq + 1), 50_000);
    expect(tracker.deadlineMs).toBe(50_010);
  });

  test.each([20, 300])('asks again after the round trip that was measured: %i ms', (rttMs) => {
    const tracker = new LossTracker();
    tracker.roundTrip(rttMs);
    tracker.arrived(start, 0);
    tracker.arrived(after(start, 2), 0);
    const asked: number[] = [];
    for (let ms = 0; ms < 1000; ms++) if (tracker.poll(ms).length > 0) asked.push(ms);
    expect(asked[0]).toBe(10);
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(rttMs);
    expect(asked[1]! - asked[0]!).toBeLessThan(1.3 * rttMs);
  });

  test('takes a large gap for a new beginning', () => {
    const tracker = new LossTracker();
    tracker.arrived(start, 0);
    tracker.arrived(after(start, 5000), 0);
    expect(tracker.poll(1000)).toEqual([]);
  });

  test('holds no more than it can ask for', () => {
    const tracker = new LossTracker();
    tracker.arrived(start, 0);
    tracker.arrived(after(start, 900), 0);
    tracker.arrived(after(start, 1800), 0);
    expect(tracker.poll(100).length).toBeLessThanOrEqual(500);
  });
});

test.each(edges)('a packet lacks from the one after it until it comes, and not before the first (%i)', (first) => {
  const losses = new LossTracker();
  expect(losses.lacks(first - 1)).toBe(false);
  losses.arrived(first, 0);
  expect([-1, 0, 1].map((by) => losses.lacks(first + by))).toEqual([false, false, true]);
  losses.arrived(after(first, 2), 20);
  expect([0, 1, 2].map((by) => losses.lacks(first + by))).toEqual([false, true, false]);
  losses.arrived(after(first, 1), 30);
  expect(losses.lacks(first + 1)).toBe(false);
});
