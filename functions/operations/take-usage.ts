import type { UsageReport } from '@muon/contract/usage.ts';
import type { Node } from '../domain/node.ts';
import { budgetAfter, dayOfReport } from '../domain/usage-budget.ts';
import { sumOf } from '../domain/usage.ts';
import type { Context } from './context.ts';
import type { Holdings } from './holdings.ts';

/** Counts what a node tells of rooms that are its own, once. What cannot be, as of a clock that was set, is not counted: the log has it. */
export async function takeUsage(
  { store, clock, log }: Context,
  node: Node,
  { seq, ...told }: UsageReport,
  holdings: Holdings,
): Promise<void> {
  const { id, generation } = node;
  const rooms: UsageReport['rooms'] = [];
  for (const used of told.rooms) if (await holdings.has(used.room.id)) rooms.push(used);
  const report = { day: told.day, rooms };
  const nowMs = clock();
  const before = await store.usage.budget(id);
  const budget = budgetAfter(node, before, report, nowMs);
  const counted = { day: dayOfReport(report.day, nowMs), rooms: budget ? report.rooms : [] };
  const kept = budget ?? before;
  const outcome = await store.usage.take(id, { generation, seq }, counted, kept);
  if (outcome === 'known') return;
  if (!budget)
    log.error(
      { node: id, seq, day: report.day, ...sumOf(report), before },
      'a report of usage that cannot be was not counted',
    );
  else if (counted.day !== report.day)
    log.error({ node: id, seq, day: report.day, countedTo: counted.day }, 'a node has another day: look at its clock');
}
