import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { ArrivalLog } from './arrival-log.ts';

describe.each(edges)('a transport that starts at %i', (start) => {
  test('is told of every packet once, lost ones as lost', () => {
    const log = new ArrivalLog();
    for (const by of [0, 1, 3]) log.arrived(after(start, by), 10 + by);
    expect(log.poll(20)).toEqual([]);
    expect(log.poll(log.deadlineMs)).toEqual([{ baseSeq: start, arrivalsUs: [10_000, 11_000, undefined, 13_000] }]);
    expect(log.deadlineMs).toBe(Infinity);
    log.arrived(after(start, 6), 70);
    expect(log.poll(200)).toEqual([{ baseSeq: after(start, 4), arrivalsUs: [undefined, undefined, 70_000] }]);
  });

  test('is told of a packet that comes after its loss was told', () => {
    const log = new ArrivalLog();
    log.arrived(start, 0);
    log.arrived(after(start, 2), 2);
    log.poll(100);
    log.arrived(after(start, 1), 101);
    expect(log.poll(200)).toEqual([{ baseSeq: after(start, 1), arrivalsUs: [101_000, undefined] }]);
  });

  test('is told in several packets of what one cannot hold', () => {
    const log = new ArrivalLog();
    for (let by = 0; by < 1000; by++) log.arrived(after(start, by), by / 100);
    const feedbacks = log.poll(100);
    expect(feedbacks.length).toBeGreaterThan(1);
    expect(feedbacks.flatMap(({ arrivalsUs }) => arrivalsUs)).toHaveLength(1000);
    expect(feedbacks[1]!.baseSeq).toBe(after(start, feedbacks[0]!.arrivalsUs.length));
  });
});
