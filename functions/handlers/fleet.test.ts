import { expect, test } from 'vitest';
import { createFleetHandler } from './fleet.ts';

const tally = { nodes: 2, lostNodes: 0, participants: 7, reservedPercent: 12.5, failures: 0 };

test('each run tells what the fleet is scaled by, as CloudWatch reads metrics from logs', async () => {
  const lines: string[] = [];
  const handler = createFleetHandler(() => ({
    tend: () => Promise.resolve(tally),
    write: (line) => void lines.push(line),
  }));
  await handler();
  const [told] = lines.map((line) => JSON.parse(line) as object);
  expect(told).toMatchObject(tally);
  const Metrics = ['nodes', 'lostNodes', 'participants', 'reservedPercent'].map((Name) => ({ Name }));
  expect(told).toMatchObject({ _aws: { CloudWatchMetrics: [{ Namespace: 'Muon', Dimensions: [[]], Metrics }] } });
});

test('a run in which something failed tells the same, and fails', async () => {
  const lines: string[] = [];
  const handler = createFleetHandler(() => ({
    tend: () => Promise.resolve({ ...tally, failures: 3 }),
    write: (line) => void lines.push(line),
  }));
  await expect(handler()).rejects.toThrow('3 things');
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ nodes: 2, failures: 3 }]);
});
