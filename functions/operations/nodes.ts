import type { NodeHeartbeatAnswer, NodeHeartbeatBody, RegisterNodeBody } from '@muon/contract/internal.ts';
import type { NewEvent } from '../domain/event.ts';
import { type HeldRoom, type Node, toNodeResource } from '../domain/node.ts';
import { Refusal } from '../domain/refusal.ts';
import { mayBeReleased, type Room } from '../domain/room.ts';
import { startDueEgress } from './auto-egress.ts';
import type { Context } from './context.ts';
import { Holdings } from './holdings.ts';
import { noteNode } from './note-node.ts';
import type { Operations } from './operation.ts';
import { refuseReports } from './refuse-reports.ts';
import { takeAttendance } from './take-attendance.ts';
import { takeUsage } from './take-usage.ts';

/** Of how many rooms one heartbeat notes that somebody came or all went: it has seconds for all that it does. */
const MAX_NOTED = 100;

/** How many broadcasts one heartbeat starts; the rest starts with the next. */
const MAX_STARTED = 20;

export const registerNode: Operations['registerNode'] = async (context, { body }) => {
  const { store, signer, clock, heartbeatIntervalMs } = context;
  const before = await store.nodes.get(body.id);
  const event = before?.generation === body.generation ? undefined : toRegistered(context, body, before);
  if ((await store.nodes.register(body, clock(), event)) === 'outdated')
    throw new Refusal('conflict', `A later start of the node ${body.id} is registered.`);
  return { tokenKeys: signer.publicKeys, heartbeatIntervalMs };
};

export const nodeHeartbeat: Operations['nodeHeartbeat'] = async (context, { params, body }) => {
  const { store, signer, clock } = context;
  if ((await store.nodes.beat(params.node, body, clock())) === 'unknown')
    throw new Refusal('not-found', `This start of the node ${params.node} is not registered.`);
  const node = await store.nodes.get(params.node);
  if (node) await moveRoomsAway(context, node);
  if (node) await noteNode(context, node, true);
  const placed = await store.nodes.rooms(params.node);
  const holdings = new Holdings(context, params.node, placed);
  await takeAttendance(context, params.node, body, holdings);
  if (node && body.usage) await takeUsage(context, node, body.usage, holdings);
  return {
    closeRooms: await compareRooms(context, params.node, body, placed),
    tokenKeys: signer.publicKeys,
    refused: refuseReports(context, { node: params.node }, holdings.refused),
  };
};

function toRegistered({ clock }: Context, body: RegisterNodeBody, before: Node | undefined): NewEvent {
  const unused = { reserved: 0, ...before };
  const node = { ...unused, ...body, participants: 0, heartbeatAtMs: clock() };
  return { type: 'node.registered', createdAtMs: clock(), node: body.id, data: toNodeResource(node, true) };
}

/** Holds the rooms that a node tells of against those that are placed on it: what only it knows of is to close. */
async function compareRooms(
  context: Context,
  nodeId: string,
  { rooms }: NodeHeartbeatBody,
  placed: readonly HeldRoom[],
): Promise<NodeHeartbeatAnswer['closeRooms']> {
  const told = new Map(rooms.map((room) => [room.id, room]));
  await noteOccupied(context, nodeId, placed, told);
  await startEgresses(context, nodeId, placed, told);
  for (const { roomId } of placed) if (!told.has(roomId)) await releaseUnused(context, nodeId, roomId);

  const epochs = new Map(placed.map(({ roomId, epoch }) => [roomId, epoch]));
  const foreign = rooms.filter(({ id, epoch }) => epochs.get(id) !== epoch);
  return Promise.all(foreign.map(async ({ id }) => ({ id, reason: await whyForeign(context, id) })));
}

/** What a node tells of its rooms, by their ids. */
type Told = ReadonlyMap<string, NodeHeartbeatBody['rooms'][number]>;

type ClosingReason = NodeHeartbeatAnswer['closeRooms'][number]['reason'];

async function whyForeign({ store }: Context, roomId: string): Promise<ClosingReason> {
  if (await store.rooms.get(roomId)) return 'room-moved';
  return (await store.rooms.ended(roomId))?.reason ? 'room-ended' : 'room-deleted';
}

/** Notes in which rooms somebody is now, where it was otherwise before; the rest, and what was overtaken, next time. */
async function noteOccupied(
  { store, clock }: Context,
  nodeId: string,
  placed: readonly HeldRoom[],
  told: Told,
): Promise<void> {
  const changed = placed.filter((held) => held.occupied !== isOccupied(held, told)).slice(0, MAX_NOTED);
  for (const held of changed) {
    const room = await roomAt(store, nodeId, held);
    if (room) await store.rooms.noteOccupied(room, isOccupied(held, told), clock());
  }
}

/** Starts the broadcasts of rooms in which somebody is by now; what cannot be done now, the next heartbeat does. */
async function startEgresses(context: Context, nodeId: string, placed: readonly HeldRoom[], told: Told): Promise<void> {
  const due = placed.filter((held) => held.egressDue && isOccupied(held, told)).slice(0, MAX_STARTED);
  for (const held of due)
    try {
      const room = await roomAt(context.store, nodeId, held);
      if (room) await startDueEgress(context, room);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
}

/** Whether somebody who is shown is in the room, as its node tells. */
function isOccupied({ roomId, epoch }: HeldRoom, told: Told): boolean {
  const room = told.get(roomId);
  return room?.epoch === epoch && room.participants > 0;
}

/** The room, while it is held so. */
async function roomAt({ rooms }: Context['store'], nodeId: string, held: HeldRoom): Promise<Room | undefined> {
  const room = await rooms.get(held.roomId);
  return room?.allocation?.nodeId === nodeId && room.epoch === held.epoch ? room : undefined;
}

/** Takes the rooms off a node whose time to drain is over: what it still holds is then no longer its own. */
async function moveRoomsAway({ store, clock }: Context, { id, drainUntilMs }: Node): Promise<void> {
  if (drainUntilMs === undefined || clock() < drainUntilMs) return;
  for (const { roomId } of await store.nodes.rooms(id)) {
    const room = await store.rooms.get(roomId);
    if (room?.allocation?.nodeId === id) await store.rooms.release(room, clock());
  }
}

/** Gives back what a room has reserved on a node that does not hold it, once nobody may still be on the way there. */
async function releaseUnused({ store, clock }: Context, nodeId: string, roomId: string): Promise<void> {
  const room = await store.rooms.get(roomId);
  if (room?.allocation?.nodeId === nodeId && mayBeReleased(room.allocation, clock()))
    await store.rooms.release(room, clock());
}
