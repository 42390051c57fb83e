import { expect, test } from 'vitest';
import { joinsAndLeaves } from './joins.ts';

/** Connections of whoever reads the metrics come and go. */
const HANDLES_OF_OTHERS = 6;

test('a node to which 200 people a minute come and go holds as much afterwards as before', async () => {
  const { joins, failures, empty } = await joinsAndLeaves([30, 45]);
  expect(joins).toBe(250);
  expect(failures).toEqual([]);
  const [before, after] = empty;
  // Less than 20 KB for each of them.
  expect(after!.heapKb - before!.heapKb).toBeLessThan(2048);
  expect(after!.handles - before!.handles).toBeLessThan(HANDLES_OF_OTHERS);
}, 400_000);
