import { attributes } from '@muon/contract/identity.ts';
import { roomSchema } from '@muon/contract/room.ts';
import * as z from 'zod';
import type { Node } from '../domain/node.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import { weightOf, type Room, type RoomChange } from '../domain/room.ts';
import type { AllocateOptions, RoomStore } from '../domain/store.ts';
import type { NewEvent } from '../domain/event.ts';
import { keys } from './keys.ts';
import { writeWithEvent } from './outbox.ts';
import { queryPage } from './page.ts';
import { absent, atRevision, type Guard, present, type Table, toRefused, type Write } from './table.ts';

const record = roomSchema.pick({ id: true, name: true, maxParticipants: true, region: true, createdAt: true }).extend({
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
});

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

  async update({ id, revision }: Room, change: RoomChange, event?: NewEvent): Promise<'updated' | 'changed'> {
    const { maxParticipants, metadata, locked, password } = change;
    const refused = await writeWithEvent(this.#table, event, {
      room: {
        kind: 'Update',
        key: keys.room(id),
        update:
          'SET #maxParticipants = :maxParticipants, #metadata = :metadata, #locked = :locked, #revision = :next' +
          (password === undefined ? ' REMOVE #password' : ', #password = :password'),
        values: {
          maxParticipants,
          metadata: JSON.stringify(metadata),
          locked,
          next: revision + 1,
          ...(password === undefined ? {} : { password }),
        },
        guard: atRevision(revision),
      },
    });
    return refused ? 'changed' : 'updated';
  }

  async delete(room: Room, event?: NewEvent): Promise<'deleted' | 'changed'> {
    const refused = await writeWithEvent(this.#table, event, {
      room: { kind: 'Delete', key: keys.room(room.id), guard: unchanged(room) },
      name: { kind: 'Delete', key: keys.roomName(room.name) },
      ...givenBack(room),
    });
    return refused ? 'changed' : 'deleted';
  }

  async allocate(
    room: Room,
    node: Node,
    { nowMs, aliveSinceMs, from }: AllocateOptions,
  ): Promise<'allocated' | 'room-changed' | 'node-full'> {
    const weight = weightOf(room);
    const epoch = room.epoch + 1;
    const stillDead: Guard | undefined = from && {
      condition: '#heartbeatAtMs = :seen',
      values: { seen: from.heartbeatAtMs },
    };
    const refused = await this.#table.tryWrite({
      room: {
        kind: 'Update',
        key: keys.room(room.id),
        update: 'SET #nodeId = :toNode, #weight = :weight, #usedAtMs = :now, #epoch = :nextEpoch',
        values: { toNode: node.id, weight, now: nowMs, nextEpoch: epoch },
        guard: unchanged(room),
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
      placed: { kind: 'Put', item: { ...keys.heldRoom(node.id, room.id), roomId: room.id, epoch } },
    });
    if (!refused) return 'allocated';
    return refused.part === 'chosen' ? 'node-full' : 'room-changed';
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

  async release(room: Room): Promise<void> {
    if (!room.allocation) return;
    const { condition, values } = unchanged(room);
    await this.#table.tryWrite({
      room: {
        kind: 'Update',
        key: keys.room(room.id),
        update: 'REMOVE #nodeId, #weight, #usedAtMs',
        values: {},
        guard: {
          condition: `${condition} AND #usedAtMs = :usedAt`,
          values: { ...values, usedAt: room.allocation.usedAtMs },
        },
      },
      ...givenBack(room),
    });
  }
}

/** The room is placed as it was when it was read. */
function unchanged({ epoch, allocation }: Room): Guard {
  const placed = allocation ? '#nodeId = :nodeId' : 'attribute_not_exists(#nodeId)';
  return {
    condition: `#epoch = :epoch AND ${placed}`,
    values: { epoch, ...(allocation ? { nodeId: allocation.nodeId } : {}) },
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
