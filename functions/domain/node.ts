import type { NodeResource } from '@muon/contract/node.ts';
import type { RegisterNodeBody } from '@muon/contract/internal.ts';

export const tellingStatuses = ['ready', 'cordoned', 'draining', 'drained', 'lost', 'ended'] as const;

export type TellingStatus = (typeof tellingStatuses)[number];

/** A media node as the control plane knows it. */
export interface Node extends RegisterNodeBody {
  /** How much of its capacity is reserved by rooms. */
  readonly reserved: number;
  /** How many participants it told of last. */
  readonly participants: number;
  readonly heartbeatAtMs: number;
  /** When this life of it was registered. */
  readonly livesSinceMs?: number | undefined;
  /** Since when it gets no new rooms; undefined when it does. */
  readonly cordonedAtMs?: number | undefined;
  /** When its rooms move to other nodes. */
  readonly drainUntilMs?: number | undefined;
  /** What webhooks were told that it is. */
  readonly toldStatus?: TellingStatus | undefined;
}

/** Which of a node's reports, in which of its lives. */
export interface ReportPlace {
  readonly generation: number;
  readonly seq: number;
}

/** How an operator wants a node to be used. */
export type Placing = Pick<Node, 'cordonedAtMs' | 'drainUntilMs'>;

/** A room that a node holds by the control plane's books. */
export interface HeldRoom {
  readonly roomId: string;
  readonly epoch: number;
  /** Whether anybody was in it when the node told of it last. */
  readonly occupied: boolean;
  /** Whether a broadcast is to start when somebody is in it; the room itself knows. */
  readonly egressDue: boolean;
}

/** Whether a node takes a room of `weight` beside what it has. */
export function hasRoomFor(node: Node, weight: number): boolean {
  if (node.cordonedAtMs !== undefined) return false;
  return Math.max(node.reserved, node.participants) + weight <= node.capacity;
}

export function statusOf({ drainUntilMs, cordonedAtMs, reserved }: Node, alive: boolean): NodeResource['status'] {
  if (!alive) return 'lost';
  if (drainUntilMs !== undefined) return reserved > 0 ? 'draining' : 'drained';
  return cordonedAtMs === undefined ? 'ready' : 'cordoned';
}

/** What webhooks are told that it is: that a drained node goes away is nothing lost. */
export function tellingStatusOf(node: Node, alive: boolean): TellingStatus {
  return !alive && statusOf(node, true) === 'drained' ? 'ended' : statusOf(node, alive);
}

/** The node as the API shows it. */
export function toNodeResource(node: Node, alive: boolean): NodeResource {
  const { id, region, url, capacity, reserved, participants, heartbeatAtMs, drainUntilMs } = node;
  return {
    id,
    region,
    status: statusOf(node, alive),
    url,
    capacity,
    reserved,
    participants,
    heartbeatAt: new Date(heartbeatAtMs).toISOString(),
    ...(drainUntilMs === undefined ? {} : { drainUntil: new Date(drainUntilMs).toISOString() }),
  };
}
