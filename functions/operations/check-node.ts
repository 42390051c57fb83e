import { setTimeout } from 'node:timers/promises';
import type { Node } from '../domain/node.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Room } from '../domain/room.ts';
import type { Context } from './context.ts';

/** A heartbeat that is so late, in intervals, is not only delayed. */
const OVERDUE = 1.5;

/** How often a node's item is looked at for a heartbeat. */
const LOOK_INTERVAL_MS = 100;

/**
 * The node of a room as it was seen dead, after somebody said that it cannot be reached; undefined when it lives, or is not
 * the room's. A client may err or lie, and the node may be reached by others than us: it is dead when it neither answers us
 * nor sends the heartbeat that is due next.
 */
export async function findDeadNode(context: Context, room: Room, failedNode: string): Promise<Node | undefined> {
  const { store, fleet, heartbeatIntervalMs } = context;
  if (room.allocation?.nodeId !== failedNode) return undefined;
  const node = await store.nodes.get(failedNode);
  if (!node || !fleet.isAlive(node)) return node;
  if (await answers(context, node)) return undefined;
  const overdueMs = OVERDUE * heartbeatIntervalMs;
  for (let waitedMs = 0; ; waitedMs += LOOK_INTERVAL_MS) {
    const now = await store.nodes.get(failedNode);
    if (now?.heartbeatAtMs !== node.heartbeatAtMs) return undefined;
    if (waitedMs >= overdueMs || context.clock() - node.heartbeatAtMs >= overdueMs) return node;
    await setTimeout(LOOK_INTERVAL_MS);
  }
}

async function answers({ nodeClient }: Context, node: Node): Promise<boolean> {
  try {
    await nodeClient.ask(node, { path: '/healthz' });
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
