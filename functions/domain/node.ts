import type { RegisterNodeBody } from '@muon/contract/internal.ts';

/** A media node as the control plane knows it. */
export interface Node extends RegisterNodeBody {
  /** How much of its capacity is reserved by rooms. */
  readonly reserved: number;
  /** How many participants it told of last. */
  readonly participants: number;
  readonly heartbeatAtMs: number;
  /** Since when it gets no new rooms; undefined when it does. */
  readonly cordonedAtMs?: number | undefined;
  /** When its rooms move to other nodes. */
  readonly drainUntilMs?: number | undefined;
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
