import type { RoomEndReason } from '@muon/contract/room.ts';
import { isAlive } from '../domain/liveness.ts';
import type { Node } from '../domain/node.ts';
import type { DueRoom } from '../domain/store.ts';
import { whyEnded } from '../domain/room-end.ts';
import { clearRoom } from './clear-room.ts';
import type { Books } from './context.ts';
import { noteNode } from './note-node.ts';

/** How many rooms of each part of the list are looked at in one go; the others wait for the next. */
const BATCH = 100;

/** How many are ended at once. */
const WIDTH = 8;

export interface EndRoomsOptions {
  readonly staleMs: number;
  readonly failed: (error: unknown) => void;
}

/**
 * Ends rooms that have been empty, or open, for as long as they may be. Safe to run at any time, by several at once: a
 * room to which somebody comes meanwhile is left alone, and what fails is left to the next run and stops no other.
 */
export async function endRooms(context: Books, { staleMs, failed }: EndRoomsOptions): Promise<void> {
  await noteLostNodes(context, staleMs).catch(failed);
  const due = (await context.store.rooms.due(context.clock(), BATCH)).values();
  const work = async (): Promise<void> => {
    for (const room of due) await look(context, room).catch(failed);
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
}

async function look(context: Books, { id, gone }: DueRoom): Promise<void> {
  const { store, clock } = context;
  if (gone) return clear(context, id);
  const room = await store.rooms.get(id);
  if (!room) return undefined;
  const reason = whyEnded(room, clock());
  if (!reason) return store.rooms.postpone(room);
  const data = { id, name: room.name, reason };
  const event = { type: 'room.ended', createdAtMs: clock(), room: { id, name: room.name }, data } as const;
  return (await store.rooms.end(room, reason, event)) === 'ended' ? clear(context, id) : undefined;
}

async function clear(context: Books, id: string): Promise<void> {
  const reason = (await context.store.rooms.ended(id))?.reason;
  await clearRoom(context, id, reason ? endings[reason] : 'the room was deleted');
}

const endings: Readonly<Record<RoomEndReason, string>> = {
  empty: 'the room was empty for as long as it may be',
  'max-duration': 'the room was open for as long as it may be',
};

/** Webhooks are told of each node that is lost; when it comes back, it tells itself. */
async function noteLostNodes(context: Books, staleMs: number): Promise<void> {
  for (const node of await context.store.nodes.list()) {
    if (isAlive(node, staleMs, context.clock())) continue;
    await noteNode(context, node, false);
    await noteLostRooms(context, node);
  }
}

/** Nobody is in the rooms of a node since it was last heard of; when it comes back, it tells who is. */
async function noteLostRooms({ store }: Books, node: Node): Promise<void> {
  for (const { roomId, epoch, occupied } of await store.nodes.rooms(node.id)) {
    const room = occupied ? await store.rooms.get(roomId) : undefined;
    if (room?.allocation?.nodeId === node.id && room.epoch === epoch)
      await store.rooms.noteOccupied(room, false, node.heartbeatAtMs);
  }
}
