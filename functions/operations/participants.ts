import { MAX_MESSAGE_BYTES, messageBytes } from '@muon/contract/message.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Room } from '../domain/room.ts';
import { refuseBanned } from './admit.ts';
import { commandRoom, readParticipants } from './ask-node.ts';
import type { Context } from './context.ts';
import { findRoom } from './find-room.ts';
import type { Operations } from './operation.ts';
import { mintJoin } from './tokens.ts';

/** How long whoever is moved may join the other room, again after a lost connection, too. */
const MOVE_TTL_SECONDS = 3600;

export const listParticipants: Operations['listParticipants'] = async (context, { params }) => ({
  data: await readParticipants(context, await findRoom(context, params.room)),
});

export const getParticipant: Operations['getParticipant'] = async (context, { params }) => {
  const participants = await readParticipants(context, await findRoom(context, params.room));
  const found = participants.find(({ identity }) => identity === params.identity);
  if (!found) throw absent(params.identity);
  return found;
};

export const updateParticipant: Operations['updateParticipant'] = async (context, { params, body }) => {
  const room = await findRoom(context, params.room);
  const { identity } = params;
  const changed = await commandRoom(context, room, 'updateParticipant', { identity, ...body });
  if (!changed) throw absent(identity);
  return changed;
};

export const muteTrack: Operations['muteTrack'] = async (context, { params, body }) => {
  const room = await findRoom(context, params.room);
  const { identity } = params;
  const changed = await commandRoom(context, room, 'muteTrack', { identity, ...body });
  if (!changed) throw absent(identity);
  return changed;
};

export const moveParticipant: Operations['moveParticipant'] = async (context, { params, body }) => {
  const { identity } = params;
  const from = await findRoom(context, params.room);
  const to = await findRoom(context, body.room);
  await checkPlace(context, to, identity);
  const described = await commandRoom(context, from, 'describeMovable', { identity });
  if (!described) throw absent(identity);
  const who = { ...described, identity, admitted: true, ttlSeconds: MOVE_TTL_SECONDS };
  const { token } = await mintJoin(context, to, who);
  await commandRoom(context, from, 'moveParticipant', { identity, room: to.id, token });
};

export const removeParticipant: Operations['removeParticipant'] = async (context, { params, query }) => {
  const { store, clock } = context;
  const { identity } = params;
  const room = await findRoom(context, params.room);
  const { banSeconds } = query;
  // First, so that who is removed does not slip in again.
  if (banSeconds > 0) {
    const ban = { roomId: room.id, identity, untilMs: clock() + banSeconds * 1000 };
    if ((await store.bans.put(ban)) === 'room-gone') throw new Refusal('room-not-found');
  }
  const removed = await commandRoom(context, room, 'removeParticipant', { identity, ...query }).catch(
    (error: unknown) => {
      if (error instanceof Refusal && error.code === 'participant-not-found') return undefined;
      throw error;
    },
  );
  if (!removed && banSeconds === 0) throw absent(identity);
};

export const sendMessage: Operations['sendMessage'] = async (context, { params, body }) => {
  const room = await findRoom(context, params.room);
  if (messageBytes(body) > MAX_MESSAGE_BYTES)
    throw new Refusal('message-too-large', `A message has at most ${MAX_MESSAGE_BYTES} bytes.`);
  const sent = await commandRoom(context, room, 'sendMessage', body);
  return sent ?? { recipients: 0, missing: [...new Set(body.to)] };
};

/** Who leaves one room for another should not end up in none. */
async function checkPlace(context: Context, room: Room, identity: string): Promise<void> {
  await refuseBanned(context, room, identity);
  const others = (await readParticipants(context, room)).filter((participant) => participant.identity !== identity);
  if (others.length >= room.maxParticipants)
    throw new Refusal('room-full', `The room ${room.name} has all the participants that it may have.`);
}

function absent(identity: string): Refusal {
  return new Refusal('participant-not-found', `${identity} is not in the room.`);
}
