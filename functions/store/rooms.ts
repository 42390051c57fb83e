import { egressTemplate } from '@muon/contract/egress-template.ts';
import { attributes } from '@muon/contract/identity.ts';
import { type RoomEndReason, roomEndReason, roomSchema } from '@muon/contract/room.ts';
import * as z from 'zod';
import { LATE_MS } from '../domain/former-holder.ts';
import type { HeldRoom, Node } from '../domain/node.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import { formerNodesAt, isEgressDue, weightOf, type Room, type RoomChange } from '../domain/room.ts';
import { type EndedRoom, endsAtMs } from '../domain/room-end.ts';
import type { AllocateOptions, DueRoom, Live, RoomStore } from '../domain/store.ts';
import type { NewEvent } from '../domain/event.ts';
import { assigning } from './assigning.ts';
import { formerHolders } from './former-holders.ts';
import { keys } from './keys.ts';
import { liveIn } from './live.ts';
import { writeWithEvent } from './outbox.ts';
import { queryPage } from './page.ts';
import { absent, atRevision, type Guard, type Key, present, type Table, toRefused, type Write } from './table.ts';

const kept = {
  id: true,
  name: true,
  maxParticipants: true,
  region: true,
  emptyDurationSeconds: true,
  maxDurationSeconds: true,
  createdAt: true,
} as const;

const record = roomSchema.pick(kept).extend({
  /** As JSON: carried and never read, whatever its names are. */
  metadata: z.string().transform((json) => attributes.parse(JSON.parse(json))),
  locked: z.boolean().default(false),
  password: z.string().optional(),
  revision: z.int().default(1),
  epoch: z.int().min(0),
  nodeId: z.string().optional(),
  weight: z.number().optional(),
  usedAtMs: z.number().optional(),
  bansUntilMs: z.number().optional(),
  emptySinceMs: z.number().optional(),
  autoEgress: egressTemplate.optional(),
  autoRecord: z.boolean().default(false),
  autoEgressId: z.string().optional(),
  egressWaitsSinceMs: z.number().optional(),
  formerNodes: formerHolders,
});

const endRecord = z.object({ reason: roomEndReason.optional(), formerNodes: formerHolders });

const dueRecord = z.object({ pk: z.string(), sk: z.string() });

/** How many hash keys of the index the rooms that are due are spread over. */
const SHARDS = 4;

/** So long it is known why a room ended, and who may still tell of it. */
const END_MEMORY_SECONDS = LATE_MS / 1000;

/** Whoever deletes a room clears it by themselves; after so long, they have not. */
const CLEARED_AFTER_MS = 30_000;

export class DynamoRooms implements RoomStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async create(room: Room, event?: NewEvent): Promise<'created' | 'exists' | 'name-taken'> {
    const { id, name, createdAt } = room;
    const { metadata, allocation: _unplaced, ...attributesOfRoom } = room;
    const freeOrOurs: Guard = {
      condition: 'attribute_not_exists(#pk) OR #roomId = :roomId',
      values: { roomId: id },
    };
    const unwritten = await writeWithEvent(this.#table, event, {
      name: { kind: 'Put', item: { ...keys.roomName(name), roomId: id }, guard: freeOrOurs },
      room: {
        kind: 'Put',
        item: {
          ...keys.room(id),
          gsi1pk: keys.allRooms,
          gsi1sk: `${createdAt}#${id}`,
          ...dueBy(id, endsAtMs(room)),
          ...attributesOfRoom,
          metadata: JSON.stringify(metadata),
        },
        guard: absent,
      },
    });
    const refused = toRefused(unwritten);
    if (refused === 'name') return 'name-taken';
    return refused ? 'exists' : 'created';
  }

  async get(id: string): Promise<Room | undefined> {
    const item = await this.#table.get(keys.room(id));
    return item && toRoom(item);
  }

  async idOf(name: string): Promise<string | undefined> {
    const item = await this.#table.get(keys.roomName(name));
    return item && z.string().parse(item['roomId']);
  }

  list(page: PageRequest): Promise<Page<Room>> {
    return queryPage(this.#table, { index: 'gsi1', hash: keys.allRooms }, page, toRoom);
  }

  async update(room: Room, change: RoomChange, event?: NewEvent): Promise<'updated' | 'changed'> {
    const egressDue = isEgressDue({ ...room, ...change });
    const refused = await writeWithEvent(this.#table, event, {
      room: {
        kind: 'Update',
        key: keys.room(room.id),
        ...assigning({
          ...change,
          metadata: JSON.stringify(change.metadata),
          revision: room.revision + 1,
          ...dueBy(room.id, endsAtMs({ ...room, ...change })),
        }),
        guard: asRead(room),
      },
      held: egressDue === isEgressDue(room) ? undefined : heldUpdate(room, { egressDue }),
    });
    return refused ? 'changed' : 'updated';
  }

  async delete(room: Room, event?: NewEvent): Promise<'deleted' | 'changed'> {
    return (await this.#remove(room, { event, guard: unchanged(room) })) ? 'changed' : 'deleted';
  }

  async end(room: Room, reason: RoomEndReason, event: NewEvent): Promise<'ended' | 'changed'> {
    // Whoever comes to a room that is old does not make it younger.
    const guard = reason === 'empty' ? unused(room) : asRead(room);
    return (await this.#remove(room, { reason, event, guard })) ? 'changed' : 'ended';
  }

  async ended(id: string): Promise<EndedRoom | undefined> {
    const item = await this.#table.get(keys.roomEnd(id));
    if (!item) return undefined;
    const { reason, formerNodes } = endRecord.parse(item);
    return { id, reason, formerNodes };
  }

  async due(nowMs: number, limit: number): Promise<readonly DueRoom[]> {
    const rangeEnd = `${new Date(nowMs).toISOString()}$`;
    const shards = Array.from({ length: SHARDS }, (_, shard) => keys.dueRooms(shard));
    const found = await Promise.all(shards.map((hash) => this.#table.query({ index: 'gsi2', hash, rangeEnd, limit })));
    return found.flat().map((item) => toDueRoom(dueRecord.parse(item)));
  }

  async postpone(room: Room): Promise<void> {
    const due = assigning(dueBy(room.id, endsAtMs(room)));
    await this.#table.tryWrite({ room: { kind: 'Update', key: keys.room(room.id), ...due, guard: unused(room) } });
  }

  live(id: string): Promise<Live> {
    return liveIn(this.#table, id);
  }

  async cleared(id: string): Promise<void> {
    const due = assigning(dueBy(id, undefined));
    await this.#table.write({ end: { kind: 'Update', key: keys.roomEnd(id), ...due, guard: present } });
  }

  async noteOccupied(room: Room, occupied: boolean, nowMs: number): Promise<void> {
    if (!room.allocation) return;
    const emptySinceMs = occupied ? undefined : (room.emptySinceMs ?? nowMs);
    await this.#table.tryWrite({
      room: {
        kind: 'Update',
        key: keys.room(room.id),
        ...assigning({
          emptySinceMs,
          ...dueBy(room.id, endsAtMs({ ...room, emptySinceMs })),
          // Whoever comes next waits as long again.
          ...(occupied ? {} : { egressWaitsSinceMs: undefined }),
        }),
        guard: asRead(room),
      },
      held: heldUpdate(room, { occupied }),
    });
  }

  async noteEgressWaits(room: Room, sinceMs: number): Promise<void> {
    const waits = assigning({ egressWaitsSinceMs: sinceMs });
    await this.#table.tryWrite({ room: { kind: 'Update', key: keys.room(room.id), ...waits, guard: asRead(room) } });
  }

  async allocate(
    room: Room,
    node: Node,
    { nowMs, aliveSinceMs, from }: AllocateOptions,
  ): Promise<'allocated' | 'room-changed' | 'node-full'> {
    const weight = weightOf(room);
    const epoch = room.epoch + 1;
    // Nobody is on the new node yet, whoever was on the one before.
    const emptySinceMs = room.emptySinceMs ?? nowMs;
    const due = dueBy(room.id, endsAtMs({ ...room, emptySinceMs }));
    const stillDead: Guard | undefined = from && {
      condition: '#heartbeatAtMs = :seen',
      values: { seen: from.heartbeatAtMs },
    };
    const refused = await this.#table.tryWrite({
      room: {
        kind: 'Update',
        key: keys.room(room.id),
        ...assigning({ nodeId: node.id, weight, usedAtMs: nowMs, epoch, emptySinceMs, ...due, ...left(room, nowMs) }),
        guard: asRead(room),
      },
      ...givenBack(from ? room : { id: room.id }, stillDead),
      chosen: {
        kind: 'Update',
        key: keys.node(node.id),
        update: 'ADD #reserved :weight',
        values: { weight },
        guard: {
          condition:
            '#capacity = :capacity AND #reserved <= :most AND #participants <= :most AND #heartbeatAtMs > :aliveSince ' +
            'AND attribute_not_exists(#cordonedAtMs)',
          values: { capacity: node.capacity, most: node.capacity - weight, aliveSince: aliveSinceMs },
        },
      },
      placed: {
        kind: 'Put',
        item: { ...keys.heldRoom(node.id, room.id), roomId: room.id, epoch, egressDue: isEgressDue(room) },
      },
    });
    if (!refused) return 'allocated';
    // A conflict says nothing of how full the node is.
    return refused.part === 'chosen' && refused.why === 'guard' ? 'node-full' : 'room-changed';
  }

  async touch(room: Room, nowMs: number): Promise<'touched' | 'changed'> {
    const refused = await this.#table.tryWrite({
      room: {
        kind: 'Update',
        key: keys.room(room.id),
        update: 'SET #usedAtMs = :now',
        values: { now: nowMs },
        guard: unchanged(room),
      },
    });
    return refused ? 'changed' : 'touched';
  }

  async release(room: Room, nowMs: number): Promise<void> {
    if (!room.allocation) return;
    const emptySinceMs = room.emptySinceMs ?? nowMs;
    const due = dueBy(room.id, endsAtMs({ ...room, emptySinceMs, allocation: undefined }));
    await this.#table.tryWrite({
      room: {
        kind: 'Update',
        key: keys.room(room.id),
        ...assigning({
          nodeId: undefined,
          weight: undefined,
          usedAtMs: undefined,
          emptySinceMs,
          ...due,
          ...left(room, nowMs),
        }),
        guard: unused(room),
      },
      ...givenBack(room),
    });
  }

  async #remove(
    room: Room,
    { reason, event, guard }: { reason?: RoomEndReason; event: NewEvent | undefined; guard: Guard },
  ): Promise<unknown> {
    return writeWithEvent(this.#table, event, {
      room: { kind: 'Delete', key: keys.room(room.id), guard },
      name: { kind: 'Delete', key: keys.roomName(room.name) },
      ...givenBack(room),
      end: event && { kind: 'Put', item: toEndItem(room, reason, event.createdAtMs) },
    });
  }
}

/** Notes the one broadcast that the room starts by itself. */
export function withEgress(room: Room, egressId: string): Record<'room' | 'held', Write | undefined> {
  const noted = assigning({ autoEgressId: egressId, egressWaitsSinceMs: undefined });
  return {
    room: { kind: 'Update', key: keys.room(room.id), ...noted, guard: asRead(room) },
    held: heldUpdate(room, { egressDue: false }),
  };
}

/** Changes what is noted of a room beside its node, if it has one. */
function heldUpdate({ id, allocation, epoch }: Room, change: Partial<HeldRoom>): Write | undefined {
  if (!allocation) return undefined;
  const guard = { condition: '#epoch = :atEpoch', values: { atEpoch: epoch } };
  return { kind: 'Update', key: keys.heldRoom(allocation.nodeId, id), ...assigning(change), guard };
}

function toEndItem(room: Room, reason: RoomEndReason | undefined, nowMs: number): Key & Record<string, unknown> {
  const { id } = room;
  const expiresAt = Math.floor(nowMs / 1000) + END_MEMORY_SECONDS;
  const formerNodes = formerNodesAt(room, nowMs);
  return { ...keys.roomEnd(id), ...dueBy(id, nowMs + CLEARED_AFTER_MS), reason, formerNodes, expiresAt };
}

/** What is to be remembered when the room leaves its node. */
function left(room: Room, nowMs: number): Pick<Room, 'formerNodes'> {
  return room.allocation ? { formerNodes: formerNodesAt(room, nowMs) } : {};
}

/** Where a room is in the index of those that are due at some time, if it ever is. */
function dueBy(id: string, dueMs: number | undefined): { gsi2pk: string | undefined; gsi2sk: string | undefined } {
  if (dueMs === undefined) return { gsi2pk: undefined, gsi2sk: undefined };
  return {
    gsi2pk: keys.dueRooms(id.charCodeAt(id.length - 1) % SHARDS),
    gsi2sk: `${new Date(dueMs).toISOString()}#${id}`,
  };
}

function toDueRoom({ pk, sk }: z.infer<typeof dueRecord>): DueRoom {
  return { id: pk.slice(pk.indexOf('#') + 1), gone: sk === keys.roomEnd('').sk };
}

/** Nobody was sent to the room either since it was read. */
function unused(room: Room): Guard {
  const read = asRead(room);
  if (!room.allocation) return read;
  const { usedAtMs } = room.allocation;
  return { condition: `${read.condition} AND #usedAtMs = :usedAt`, values: { ...read.values, usedAt: usedAtMs } };
}

/** All that says when the room ends, and whether its broadcast is due, is as it was when it was read. */
function asRead(room: Room): Guard {
  const { emptySinceMs, autoEgressId } = room;
  const placed = unchanged(room);
  const settings = atRevision(room.revision);
  const empty = emptySinceMs === undefined ? 'attribute_not_exists(#emptySinceMs)' : '#emptySinceMs = :emptySince';
  const egress = `attribute_${autoEgressId === undefined ? 'not_' : ''}exists(#autoEgressId)`;
  return {
    condition: `${placed.condition} AND (${settings.condition}) AND ${empty} AND ${egress}`,
    values: {
      ...placed.values,
      ...settings.values,
      ...(emptySinceMs === undefined ? {} : { emptySince: emptySinceMs }),
    },
  };
}

/** The room is placed as it was when it was read. */
function unchanged({ epoch, allocation }: Room): Guard {
  const placed = allocation ? '#nodeId = :onNode' : 'attribute_not_exists(#nodeId)';
  return {
    condition: `#epoch = :atEpoch AND ${placed}`,
    values: { atEpoch: epoch, ...(allocation ? { onNode: allocation.nodeId } : {}) },
  };
}

/** Takes a room off the books of its node. */
function givenBack(
  { id, allocation }: Pick<Room, 'id' | 'allocation'>,
  guard: Guard = present,
): Record<'node' | 'held', Write | undefined> {
  if (!allocation) return { node: undefined, held: undefined };
  const { nodeId, weight } = allocation;
  return {
    node: { kind: 'Update', key: keys.node(nodeId), update: 'ADD #reserved :back', values: { back: -weight }, guard },
    held: { kind: 'Delete', key: keys.heldRoom(nodeId, id) },
  };
}

function toRoom(item: unknown): Room {
  const { nodeId, weight, usedAtMs, ...room } = record.parse(item);
  if (nodeId === undefined || weight === undefined || usedAtMs === undefined) return room;
  return { ...room, allocation: { nodeId, weight, usedAtMs } };
}
