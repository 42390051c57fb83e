import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { expect, test } from 'vitest';
import { SentPacketLog } from './sent-packet-log.ts';

test.each(edges)('packets are found again by their numbers, from %i', (first) => {
  const log = new SentPacketLog(first);
  for (let i = 0; i < 5000; i++) expect(log.add(100 + (i % 50), i, i % 3)).toBe(after(first, i));
  for (let i = 1000; i < 5000; i++) {
    expect(log.report(after(first, i), true)).toBe('arrived');
    expect(log).toMatchObject({ sentMs: i, sizeBytes: 100 + (i % 50), probe: i % 3 });
  }
});

test.each(edges)('each fate is told once, from %i', (first) => {
  const log = new SentPacketLog(first);
  for (let i = 0; i < 3; i++) log.add(100, i, 0);
  const fates = [true, true, false].map((arrived) => log.report(first, arrived));
  expect(fates).toEqual(['arrived', undefined, undefined]);
  expect([false, false, true, true].map((arrived) => log.report(after(first, 1), arrived))).toEqual([
    'lost',
    undefined,
    'late',
    undefined,
  ]);
});

test.each(edges)('packets that were never sent, or too long ago, are not found, from %i', (first) => {
  const log = new SentPacketLog(first);
  expect(log.report(first, true)).toBeUndefined();
  for (let i = 0; i < 5000; i++) log.add(100, i, 0);
  expect(log.report(after(first, -1), true)).toBeUndefined();
  expect(log.report(after(first, 5000), true)).toBeUndefined();
  expect(log.report(after(first, 5000 - 4097), true)).toBeUndefined();
});

test.each(edges)('packets that were forgotten are not found, those sent later are, from %i', (first) => {
  const log = new SentPacketLog(first);
  for (let i = 0; i < 3; i++) log.add(100, i, 0);
  log.forget();
  log.add(100, 3, 0);
  expect(Array.from({ length: 4 }, (_, i) => log.report(after(first, i), i === 3))).toEqual([
    undefined,
    undefined,
    undefined,
    'arrived',
  ]);
});
