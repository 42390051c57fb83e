import { expect, test } from 'vitest';
import { SteadyRates } from './steady-rates.ts';

function at(rates: SteadyRates, bitrateBps: number, fromMs: number, durationMs: number): number {
  let now = 0;
  for (let ms = fromMs; ms < fromMs + durationMs; ms += 100) {
    now = rates.smooth([{ spatial: 1, temporal: 0, bitrateBps, width: 640 }], ms)[0]!.bitrateBps;
  }
  return now;
}

test('a burst of a second changes little, what lasts is taken over, and less sooner than more', () => {
  const rates = new SteadyRates();
  expect(at(rates, 100_000, 0, 1000)).toBe(100_000);
  expect(at(rates, 400_000, 1000, 1000)).toBeLessThan(200_000);
  expect(at(rates, 100_000, 2000, 3000)).toBeLessThan(110_000);
  expect(at(rates, 400_000, 5000, 40_000)).toBeGreaterThan(380_000);
});

test('a layer that was gone is expected to take what it took', () => {
  const rates = new SteadyRates();
  at(rates, 100_000, 0, 1000);
  expect(rates.smooth([], 1000)).toEqual([]);
  expect(at(rates, 700_000, 1100, 100)).toBeLessThan(130_000);
});
