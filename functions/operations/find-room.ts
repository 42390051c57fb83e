import { toSipUri } from '../domain/gateway.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Room } from '../domain/room.ts';
import type { Context } from './context.ts';

/** @throws Refusal `room-not-found` */
export async function findRoom({ store }: Context, reference: string): Promise<Room> {
  const id = reference.startsWith('rm_') ? reference : await store.rooms.idOf(reference);
  const room = id === undefined ? undefined : await store.rooms.get(id);
  if (room) return room;
  throw new Refusal('room-not-found', `There is no room ${reference}.`);
}

/** What a telephone dials to get into the room, while a SIP gateway is up. */
export async function sipUriOf({ fleet }: Context, { name }: Room): Promise<{ sipUri?: string }> {
  const gateway = await fleet.sipGateway();
  const sipUri = gateway && toSipUri(gateway, name);
  return sipUri === undefined ? {} : { sipUri };
}
