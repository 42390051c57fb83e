import { expect, test } from 'vitest';
import { type LogEvent, shipLogs } from './logs.ts';

async function ship(
  lines: readonly string[],
  failAt = Infinity,
): Promise<{ batches: LogEvent[][]; cursors: string[] }> {
  const batches: LogEvent[][] = [];
  const cursors: string[] = [];
  await shipLogs({
    lines: (async function* () {
      yield* lines;
    })(),
    put: async (events) => {
      if (batches.length === failAt) throw new Error('away');
      batches.push([...events]);
    },
    keepCursor: async (cursor) => void cursors.push(cursor),
  }).catch((error: Error) => expect(error.message).toBe('away'));
  return { batches, cursors };
}

function line(cursor: number, message: unknown, unit = 'muon-node@0.service'): string {
  const at = String(1_700_000_000_000_000 + cursor * 1000);
  return JSON.stringify({ __CURSOR: `c${cursor}`, __REALTIME_TIMESTAMP: at, _SYSTEMD_UNIT: unit, MESSAGE: message });
}

test('what programs write as JSON stays so, with the unit; anything else becomes so', async () => {
  const { batches, cursors } = await ship([
    line(1, '{"level":"info","msg":"up"}'),
    line(2, 'coturn says', 'muon-turn.service'),
    line(3, [104, 105]),
    line(4, null),
    line(5, '[1]'),
  ]);
  expect(batches.flat().map(({ message }) => JSON.parse(message) as object)).toEqual([
    { unit: 'muon-node@0.service', level: 'info', msg: 'up' },
    { unit: 'muon-turn.service', msg: 'coturn says' },
    { unit: 'muon-node@0.service', msg: 'hi' },
    { unit: 'muon-node@0.service', msg: '' },
    { unit: 'muon-node@0.service', msg: '[1]' },
  ]);
  expect(batches[0]![0]!.timestamp).toBe(1_700_000_000_001);
  expect(cursors).toEqual(['c5']);
});

test('a batch is never larger than CloudWatch takes', async () => {
  const many = await ship(Array.from({ length: 10_001 }, (_, index) => line(index, 'x')));
  expect(many.batches.map(({ length }) => length)).toEqual([10_000, 1]);
  const large = await ship(Array.from({ length: 40 }, (_, index) => line(index, 'x'.repeat(100_000))));
  for (const batch of large.batches)
    expect(batch.reduce((sum, { message }) => sum + message.length + 26, 0)).toBeLessThanOrEqual(1_048_576);
  expect(large.batches.flat()).toHaveLength(40);
});

test('a batch never spans more than a day, even when the clock was set back', async () => {
  const minute = 60_000;
  const times = [0, 10, 1440, 1441, 1450, 3000, 2000, 1000, 1001].map((minutes) => minutes * minute);
  const { batches, cursors } = await ship(times.map((time) => line(time, 'x')));
  const start = 1_700_000_000_000;
  expect(batches.map((batch) => batch.map(({ timestamp }) => (timestamp - start) / minute))).toEqual([
    [0, 10, 1440],
    [1441, 1450],
    [2000, 3000],
    [1000, 1001],
  ]);
  expect(cursors).toEqual([1440, 1450, 2000, 1001].map((minutes) => `c${minutes * minute}`));
});

test('what was not taken is shipped again: the cursor stays where all was taken', async () => {
  const { cursors } = await ship(
    Array.from({ length: 20_001 }, (_, index) => line(index, 'x')),
    1,
  );
  expect(cursors).toEqual(['c9999']);
});

test('nothing new is nothing to ship', async () => {
  expect(await ship([])).toEqual({ batches: [], cursors: [] });
});
