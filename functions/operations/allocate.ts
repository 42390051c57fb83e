import { chooseOfTwo } from '../domain/choose.ts';
import { hasRoomFor, type Node } from '../domain/node.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Room, USE_GRAIN_MS, weightOf } from '../domain/room.ts';
import type { Context } from './context.ts';
import { fraction } from './random.ts';

/** A room, the node that holds it, and which of the room's allocations that is. */
export interface Placement {
  readonly room: Room;
  readonly node: Node;
}

/** Each attempt that fails was overtaken by another that succeeded, so few are needed. */
const MAX_ATTEMPTS = 16;

/**
 * Finds the node of a room, or chooses one: also when the node that the room had is dead.
 *
 * @param deadNode as it was seen dead; one that has sent a heartbeat since lives
 * @throws Refusal `room-not-found`, `no-node-available` when no node that lives takes the room, or `overloaded` when others
 * come in between each time
 */
export async function allocate(context: Context, roomId: string, deadNode?: Node): Promise<Placement> {
  const full = new Set<string>(deadNode ? [deadNode.id] : []);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const room = await context.store.rooms.get(roomId);
    if (!room) throw new Refusal('room-not-found');
    const held = await findHolder(context, room, deadNode);
    if (held.alive) {
      if (await noteUse(context, room)) return { room, node: held.alive };
      continue;
    }
    const node = await chooseNode(context, room, full);
    const { fleet, clock } = context;
    const options = { nowMs: clock(), aliveSinceMs: fleet.aliveSinceMs, from: held.dead };
    const outcome = await context.store.rooms.allocate(room, node, options);
    if (outcome === 'allocated') fleet.noteReserved(node.id, weightOf(room));
    if (outcome === 'node-full') full.add(node.id);
  }
  const detail = 'Others change the room, or take the places on its nodes, again and again.';
  throw new Refusal('overloaded', detail, { retryAfterSeconds: 1 });
}

/** The node that the room is placed on, if it is known, by whether it lives. */
async function findHolder(
  { store, fleet }: Context,
  { allocation }: Room,
  deadNode: Node | undefined,
): Promise<{ readonly alive?: Node; readonly dead?: Node | undefined }> {
  if (!allocation) return {};
  if (deadNode?.id === allocation.nodeId) {
    const { heartbeatAtMs } = (await store.nodes.get(deadNode.id)) ?? deadNode;
    if (heartbeatAtMs === deadNode.heartbeatAtMs) return { dead: deadNode };
  }
  const seen = (await fleet.nodes()).find(({ id }) => id === allocation.nodeId);
  if (seen) return { alive: seen };
  const node = await store.nodes.get(allocation.nodeId);
  return node && fleet.isAlive(node) ? { alive: node } : { dead: node };
}

/** Whether the room is still where it was, now that somebody is sent there. */
async function noteUse({ store, clock }: Context, room: Room): Promise<boolean> {
  if (room.allocation && clock() - room.allocation.usedAtMs < USE_GRAIN_MS) return true;
  return (await store.rooms.touch(room, clock())) === 'touched';
}

async function chooseNode({ fleet, random }: Context, room: Room, full: ReadonlySet<string>): Promise<Node> {
  const weight = weightOf(room);
  const isCandidate = ({ id, region }: Node): boolean =>
    !full.has(id) && (room.region === undefined || room.region === region);
  for (const fresh of [false, true]) {
    const candidates = (await fleet.nodes({ fresh })).filter((node) => isCandidate(node) && hasRoomFor(node, weight));
    const node = chooseOfTwo(
      candidates,
      ({ reserved, capacity }) => reserved / capacity,
      () => fraction(random),
    );
    if (node) return node;
  }
  throw new Refusal('no-node-available');
}
