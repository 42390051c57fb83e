import { describe, expect, test } from 'vitest';
import { after, edges, seeded } from '../rtp/seq.fixture.ts';
import { estimateIndex, rolloverCounter } from './packet-index.ts';
import { ReplayWindow } from './replay-window.ts';

describe.each(edges)('a stream that starts at %i', (start) => {
  test('keeps its indices through three rollovers, with losses of up to 2^15 - 1 packets', () => {
    let highest = -1;
    for (let by = 0; by < 300_000; by += by % 7 === 0 ? 32_767 : 260) {
      highest = estimateIndex(highest, after(start, by))!;
      expect(highest).toBe(start + by);
    }
    expect(rolloverCounter(highest)).toBeGreaterThanOrEqual(3);
  });

  test('finds the place of a packet that comes late, across the wrap too', () => {
    const highest = start + 70_000;
    for (const late of [1, 100, 1023, 32_767]) {
      expect(estimateIndex(highest, after(start, 70_000 - late))).toBe(highest - late);
    }
  });

  test('takes no packet twice in any order', () => {
    const random = seeded(start + 1);
    const window = new ReplayWindow();
    const seen = new Set<number>();
    for (let i = 0; i < 20_000; i++) {
      const index = start + i - Math.floor(random() * 1000);
      if (index < 0) continue;
      if (index > window.highest - 2048) expect(window.has(index)).toBe(seen.has(index));
      if (!window.has(index)) window.add(index);
      seen.add(index);
    }
  });
});

test('a packet from before the first rollover has no index', () => {
  expect(estimateIndex(5, 65_000)).toBeUndefined();
});

test('a packet older than the window counts as seen', () => {
  const window = new ReplayWindow();
  window.add(10_000);
  expect(window.has(10_000 - 2047)).toBe(false);
  expect(window.has(10_000 - 2048)).toBe(true);
});

test('a jump further than the window forgets what lies between', () => {
  const window = new ReplayWindow();
  window.add(5);
  window.add(5 + 4096);
  expect(window.has(5 + 2049 + 1)).toBe(false);
});
