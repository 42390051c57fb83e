import { expect, test } from 'vitest';
import { ProbeResult } from './probe-result.ts';

/** Six bursts of two packets, 10 ms apart: 1.92 Mbit/s. */
function probe(arriveEveryMs: number, { keep = () => true }: { keep?: (packet: number) => boolean } = {}): ProbeResult {
  const result = new ProbeResult(12 * 1200);
  for (let i = 0; i < 12; i++) {
    if (keep(i)) result.arrived(100 + 10 * Math.floor(i / 2), 500 + arriveEveryMs * Math.floor(i / 2), 1200);
  }
  return result;
}

test('a probe that goes through as it was sent proves its rate', () => {
  expect(probe(10).bps).toBeCloseTo(1_920_000);
});

test('a probe that arrives slower tells a little less than the capacity', () => {
  expect(probe(20).bps).toBeCloseTo(0.95 * 960_000);
});

test('too little of a probe tells nothing, nor does one that waited on the way', () => {
  expect(probe(10, { keep: (i) => i % 3 > 0 }).bps).toBeUndefined();
  expect(probe(10, { keep: (i) => i < 6 }).bps).toBeUndefined();
  expect(probe(2).bps).toBeUndefined();
  expect(probe(0).bps).toBeUndefined();
});
