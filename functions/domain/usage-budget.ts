import type { UsageReport } from '@muon/contract/usage.ts';
import type { Node } from './node.ts';
import { dayOf, sumOf } from './usage.ts';

/** What a node may still tell: at most all its places, for as long as it lives, without what it has told. */
export interface UsageBudget {
  readonly generation: number;
  readonly atMs: number;
  readonly leftMs: number;
}

/** A node that was away tells what it counted since; of more than so long, nothing is believed. */
const MAX_AWAY_MS = 31 * 86_400_000;

/** How long a node may have lived before it could register. */
const GRACE_MS = 3_600_000;

/** How far its clock may be off. */
const SKEW_MS = 3_600_000;

/**
 * What is left to a node after a report; undefined for one that cannot be, since nobody can have been there for so long. A
 * node that has told nothing in this life may have been used since it registered.
 */
export function budgetAfter(
  node: Pick<Node, 'generation' | 'capacity' | 'participants' | 'livesSinceMs'>,
  before: UsageBudget | undefined,
  { rooms }: Pick<UsageReport, 'rooms'>,
  nowMs: number,
): UsageBudget | undefined {
  const { generation, livesSinceMs = nowMs } = node;
  const places = Math.max(node.capacity, node.participants);
  const known = before?.generation === generation ? before : { atMs: livesSinceMs, leftMs: places * GRACE_MS };
  const most = known.leftMs + places * Math.max(0, nowMs - known.atMs);
  const { participantMs, egressMs } = sumOf({ rooms });
  const leftMs = Math.min(most, places * MAX_AWAY_MS) - Math.max(participantMs, egressMs);
  return leftMs < 0 ? undefined : { generation, atMs: nowMs, leftMs };
}

/** The day of a report; today where it is none of which anybody tells now. */
export function dayOfReport(day: string, nowMs: number): string {
  return day < dayOf(nowMs - MAX_AWAY_MS) || day > dayOf(nowMs + SKEW_MS) ? dayOf(nowMs) : day;
}
