import { expect, test } from 'vitest';
import { type Assumptions, assumptions } from './assumptions.ts';
import { costOf, type Load, standingCost } from './model.ts';
import { type Prices, prices } from './prices.ts';

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
  const heartbeats = (20 + 5) * 720;
  expect(requests).toBeCloseTo((1000 * 2 + 500 * 2 + heartbeats) / 1e6, 9);
});

test('the flow log has a line each way for each connection and minute', () => {
  const connections = 1000 + 20 + 5;
  expect(costOf(load, prices, 1000).flowLogs).toBeCloseTo(connections * 120 * 120 * 1e-9 * prices.flowLogGb, 9);
});

test('heartbeats cost whether anybody calls or not', () => {
  const idle = {
    ...prices,
    mediaHostHour: 0,
    publicIpv4Hour: 0,
    diskHour: 0,
    wildcardCertificateYear: 0,
    flowLogGb: 0,
  };
  const calls = 5 * 720 * 730;
  const { httpApiMillion, lambdaMillion, lambdaGbSecond, tableReadMillion, tableWriteMillion } = prices;
  const table = (4 * 720 + 2880) * tableReadMillion + 5 * 1440 * tableWriteMillion;
  expect(standingCost(idle, { media: 1, sip: 0 })).toBeCloseTo(
    calls * ((httpApiMillion + lambdaMillion) / 1e6 + 0.03 * lambdaGbSecond) + (730 * table) / 1e6,
    6,
  );
});

test('every input counts', () => {
  const broadcast = { ...load, viewersPerParticipant: 1, viewerMbps: 1 };
  const total = (inputs: { load?: Partial<Load>; prices?: Partial<Prices>; given?: Assumptions }): string => {
    const asked = { ...prices, ...inputs.prices };
    const cost = costOf({ ...broadcast, ...inputs.load }, asked, 1000, inputs.given);
    return JSON.stringify([cost, standingCost(asked, { media: 1, sip: 1 }, inputs.given)]);
  };
  const { demands, constants } = assumptions;
  const changed = [
    ...doubled(broadcast).map((part) => total({ load: part })),
    ...doubled(prices).map((part) => total({ prices: part })),
    ...doubled(constants).map((part) => total({ given: { demands, constants: { ...constants, ...part } } })),
    ...Object.entries(demands).flatMap(([thing, demand]) =>
      doubled(demand).map((part) =>
        total({ given: { constants, demands: { ...demands, [thing]: { ...demand, ...part } } } }),
      ),
    ),
  ];
  expect(changed.length).toBeGreaterThan(30);
  expect(changed.filter((each) => each === total({}))).toEqual([]);
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

/** The inputs with one of them doubled, for each that is a number and not nothing. */
function doubled<Inputs extends object>(inputs: Inputs): Partial<Inputs>[] {
  const numbers = Object.entries(inputs).filter(([, value]) => typeof value === 'number' && value > 0) as [
    string,
    number,
  ][];
  return numbers.map(([name, value]) => ({ [name]: 2 * value }) as Partial<Inputs>);
}
