import { expect, test } from 'vitest';
import { costOf, type Load, standingCost } from './model.ts';
import { prices } from './prices.ts';

const load: Load = {
  name: 'x',
  downlinkMbps: 1,
  participantsPerCore: 100,
  usedShare: 0.5,
  minutesPerParticipant: 60,
  participantsPerRoom: 2,
  viewersPerParticipant: 0,
  viewerMbps: 0,
};

test('a megabit a second for an hour is 0.45 GB', () => {
  expect(costOf(load, prices, 1000).transfer).toBeCloseTo(450 * prices.transferGb, 6);
});

test('a thousand participants on nodes that are half full take twenty cores, which are five hosts', () => {
  const { hosts } = costOf(load, prices, 1000);
  expect(hosts).toBeCloseTo(5 * (prices.mediaHostHour + prices.publicIpv4Hour + prices.diskHour), 6);
});

test('requests are joins, rooms and heartbeats', () => {
  const { requests } = costOf(load, { ...prices, lambdaMillion: 0, lambdaGbSecond: 0 }, 1000);
  expect(requests).toBeCloseTo((1000 * 2 + 500 * 2 + 20 * 720) / 1e6, 9);
});

test('twice the hours cost twice as much, and shorter calls more', () => {
  const once = costOf(load, prices, 1000);
  const twice = costOf(load, prices, 2000);
  for (const item of Object.keys(once) as (keyof typeof once)[]) expect(twice[item]).toBeCloseTo(2 * once[item], 9);
  expect(costOf({ ...load, minutesPerParticipant: 6 }, prices, 1000).table).toBeGreaterThan(once.table);
});

test('what stands costs by the hosts', () => {
  const none = standingCost(prices, { media: 0, sip: 0 });
  const one = standingCost(prices, { media: 1, sip: 0 }) - none;
  expect(standingCost(prices, { media: 3, sip: 0 })).toBeCloseTo(none + 3 * one, 9);
});
