import { seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { expect, test } from 'vitest';
import { LossBasedRate } from './loss-based-rate.ts';

let nowMs = 0;
const random = seeded(1);

/** Sends for so many seconds, and loses this share at random. */
function run(rate: LossBasedRate, sentBps: number, loss: number, seconds: number): void {
  const packets = (sentBps * seconds) / 9600;
  for (let i = 0; i < packets; i++) {
    nowMs += (seconds * 1000) / packets;
    rate.add(nowMs, 1200, random() >= loss);
    rate.update(nowMs);
  }
}

test.each([0.01, 0.05, 0.1, 0.15])('a loss of %d at any rate limits nothing', (loss) => {
  const rate = new LossBasedRate(30_000);
  for (const bps of [1e6, 2e6, 1.5e6, 3e6]) run(rate, bps, loss, 3);
  expect(rate.limitBps).toBeGreaterThan(3e6);
  expect(rate.lossFraction).toBeGreaterThan(0);
});

test('losses that come with a rate limit it to what went through before', () => {
  const rate = new LossBasedRate(30_000);
  run(rate, 900_000, 0, 3);
  run(rate, 1_300_000, 0.23, 2);
  expect(rate.limitBps).toBeGreaterThan(700_000);
  expect(rate.limitBps).toBeLessThan(1_100_000);
});

test('what a probe proved lifts the limit, and time without losses ends it', () => {
  const rate = new LossBasedRate(30_000);
  run(rate, 2_000_000, 0.8, 1);
  expect(rate.limitBps).toBeLessThan(800_000);
  rate.probed(1_500_000);
  expect(rate.limitBps).toBe(1_500_000);
  run(rate, 400_000, 0, 20);
  expect(rate.limitBps).toBe(Infinity);
});
