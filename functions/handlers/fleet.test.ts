import { expect, test } from 'vitest';
import { createFleetHandler } from './fleet.ts';

test('each run tells what the fleet is scaled by, as CloudWatch reads metrics from logs', async () => {
  const lines: string[] = [];
  const tally = { nodes: 2, lostNodes: 0, participants: 7, reservedPercent: 12.5 };
  const handler = createFleetHandler(() => ({
    tend: () => Promise.resolve(tally),
    write: (line) => void lines.push(line),
  }));
  await handler();
  const [told] = lines.map((line) => JSON.parse(line) as object);
  expect(told).toMatchObject(tally);
  const Metrics = Object.keys(tally).map((Name) => ({ Name }));
  expect(told).toMatchObject({ _aws: { CloudWatchMetrics: [{ Namespace: 'Muon', Dimensions: [[]], Metrics }] } });
});
