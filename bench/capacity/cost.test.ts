import { assumptions } from '@muon/infra/cost/assumptions.ts';
import { prices } from '@muon/infra/cost/prices.ts';
import { expect, test } from 'vitest';
import { costOfJoins } from './cost.ts';
import { lifeCycle, type Step, type StepName } from './life-cycle.ts';

const step = (name: StepName, more: Partial<Step> = {}): Step => {
  return { name, requests: 0, streamCalls: 0, operations: {}, readUnits: 0, writeUnits: 0, ...more };
};

test('what is for a room is shared by its participants, what is for each is not', () => {
  const steps = [
    step('create', { writeUnits: 8 }),
    step('firstJoin', { writeUnits: 4 }),
    step('join', { readUnits: 2 }),
  ];
  const { table } = costOfJoins(steps, 4);
  expect(table).toBeCloseTo(((8 + 4) / 4) * prices.tableWriteMillion + ((2 * 3) / 4) * prices.tableReadMillion, 9);
});

test('a request is paid at the gateway and for the function, what the stream calls for the function alone', () => {
  const { functionSeconds, functionGb } = assumptions.constants;
  const call = prices.lambdaMillion + 1e6 * functionSeconds * functionGb * prices.lambdaGbSecond;
  const { requests } = costOfJoins([step('mint', { requests: 1, streamCalls: 2 })], 1);
  expect(requests).toBeCloseTo(prices.httpApiMillion + 3 * call, 9);
});

test('a further join into a room reads, and writes nothing', async () => {
  const steps = await lifeCycle({ warm: true, webhook: false });
  expect(steps.map(({ name }) => name)).toEqual(['create', 'mint', 'firstJoin', 'join', 'attendance', 'delete']);
  const { writeUnits, readUnits } = steps.find(({ name }) => name === 'join')!;
  expect(writeUnits).toBe(0);
  expect(readUnits).toBeGreaterThan(0);
});
