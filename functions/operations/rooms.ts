import type { EventType } from '@muon/contract/event.ts';
import type { Room as RoomResource } from '@muon/contract/room.ts';
import type { NewEvent } from '../domain/event.ts';
import { readAgain } from '../domain/read-again.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Room, toRoomName } from '../domain/room.ts';
import { checkMayStart } from './auto-egress.ts';
import { clearRoom } from './clear-room.ts';
import { type Context, timestampOf } from './context.ts';
import { findRoom, sipUriOf } from './find-room.ts';
import type { Operations } from './operation.ts';
import { hashPassword } from './password.ts';
import { newId } from './random.ts';
import { checkRevision } from './revision.ts';

export const createRoom: Operations['createRoom'] = async (context, { body, key }) => {
  const { store, random, clock } = context;
  checkMayStart(key, body);
  const room: Room = {
    id: newId('room', random),
    name: body.name ?? toRoomName(random(8)),
    maxParticipants: body.maxParticipants,
    metadata: body.metadata,
    locked: body.locked,
    ...(body.password === undefined ? {} : { password: await hashPassword(body.password, random) }),
    ...(body.region === undefined ? {} : { region: body.region }),
    ...durationsOf(body),
    ...(body.autoEgress === undefined ? {} : { autoEgress: body.autoEgress }),
    autoRecord: body.autoRecord,
    revision: 1,
    createdAt: timestampOf(clock),
    emptySinceMs: clock(),
    epoch: 0,
  };
  const resource = await toResource(context, room);
  const outcome = await store.rooms.create(room, toEvent(context, 'room.created', resource));
  if (outcome === 'name-taken') throw new Refusal('room-name-taken', `Another room is named ${room.name}.`);
  return outcome === 'exists' ? toResource(context, await findRoom(context, room.id)) : resource;
};

export const listRooms: Operations['listRooms'] = async (context, { query }) => {
  const { store, cursors } = context;
  const after = query.cursor === undefined ? undefined : cursors.open('listRooms', query.cursor);
  const { items, next } = await store.rooms.list({ limit: query.limit, after });
  return {
    data: await Promise.all(items.map((room) => toResource(context, room))),
    ...(next ? { nextCursor: cursors.seal('listRooms', next) } : {}),
  };
};

export const getRoom: Operations['getRoom'] = async (context, { params }) =>
  toResource(context, await findRoom(context, params.room));

export const updateRoom: Operations['updateRoom'] = async (context, { params, body, key, ifMatch }) => {
  const { store, random } = context;
  checkMayStart(key, body);
  const { password, ...rest } = body;
  const hash = typeof password === 'string' ? await hashPassword(password, random) : undefined;
  return readAgain(async () => {
    const room = await findRoom(context, params.room);
    checkRevision(room, ifMatch);
    const { maxParticipants = room.maxParticipants, metadata = room.metadata, locked = room.locked } = rest;
    const { emptyDurationSeconds = room.emptyDurationSeconds, maxDurationSeconds = room.maxDurationSeconds } = rest;
    const { autoEgress = room.autoEgress, autoRecord = room.autoRecord } = rest;
    const change = {
      maxParticipants,
      metadata,
      locked,
      password: password === undefined ? room.password : hash,
      emptyDurationSeconds: emptyDurationSeconds ?? undefined,
      maxDurationSeconds: maxDurationSeconds ?? undefined,
      autoEgress: autoEgress ?? undefined,
      autoRecord,
    };
    const resource = await toResource(context, { ...room, ...change, revision: room.revision + 1 });
    const outcome = await store.rooms.update(room, change, toEvent(context, 'room.updated', resource));
    return outcome === 'changed' ? undefined : resource;
  });
};

export const deleteRoom: Operations['deleteRoom'] = async (context, { params }) => {
  const { store } = context;
  let room = await findRoom(context, params.room);
  const event = toEvent(context, 'room.deleted', { id: room.id, name: room.name });
  await readAgain(async () => {
    if ((await store.rooms.delete(room, event)) === 'deleted') return 'deleted';
    room = await findRoom(context, room.id);
    return undefined;
  });
  await clearRoom(context, room.id, 'the room was deleted');
};

function toEvent({ clock }: Context, type: EventType, data: { readonly id: string; readonly name: string }): NewEvent {
  return { type, createdAtMs: clock(), room: { id: data.id, name: data.name }, data };
}

async function toResource(context: Context, room: Room): Promise<RoomResource> {
  const { id, name, maxParticipants, metadata, locked, password, region, createdAt, revision } = room;
  return {
    id,
    name,
    maxParticipants,
    metadata: { ...metadata },
    locked,
    passwordProtected: password !== undefined,
    ...(region === undefined ? {} : { region }),
    ...durationsOf(room),
    ...autoEgressOf(room),
    autoRecord: room.autoRecord,
    ...(await sipUriOf(context, room)),
    createdAt,
    revision,
  };
}

function autoEgressOf({ autoEgress, autoEgressId }: Room): Pick<RoomResource, 'autoEgress'> {
  if (!autoEgress) return {};
  return { autoEgress: { ...autoEgress, ...(autoEgressId === undefined ? {} : { egressId: autoEgressId }) } };
}

type Durations = Pick<RoomResource, 'emptyDurationSeconds' | 'maxDurationSeconds'>;

function durationsOf({ emptyDurationSeconds, maxDurationSeconds }: Durations): Durations {
  return {
    ...(emptyDurationSeconds === undefined ? {} : { emptyDurationSeconds }),
    ...(maxDurationSeconds === undefined ? {} : { maxDurationSeconds }),
  };
}
