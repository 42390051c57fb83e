import { participantList, type ParticipantStats } from '@muon/contract/participant-stats.ts';
import { NODE_TOKEN_TTL_SECONDS, TOKEN_ISSUER } from '@muon/contract/token.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { findRoom } from './find-room.ts';
import type { Operations } from './operation.ts';
import { newSecret } from './random.ts';

export const listParticipants: Operations['listParticipants'] = async (context, { params }) => ({
  data: await readParticipants(context, params.room),
});

export const getParticipant: Operations['getParticipant'] = async (context, { params }) => {
  const participants = await readParticipants(context, params.room);
  const found = participants.find(({ identity }) => identity === params.identity);
  if (!found) throw new Refusal('participant-not-found', `${params.identity} is not in the room.`);
  return found;
};

/** As the room's node tells them now. */
async function readParticipants(context: Context, reference: string): Promise<ParticipantStats[]> {
  const room = await findRoom(context, reference);
  const node = room.allocation && (await context.store.nodes.get(room.allocation.nodeId));
  if (!node || !context.fleet.isAlive(node)) return [];
  const { signer, clock, random, nodeClient } = context;
  const iat = Math.floor(clock() / 1000);
  const token = await signer.signNode({
    iss: TOKEN_ISSUER,
    aud: node.id,
    room: room.id,
    scope: 'participants:read',
    iat,
    exp: iat + NODE_TOKEN_TTL_SECONDS,
    jti: newSecret(random),
  });
  const answer = await nodeClient.get(node, `/rooms/${room.id}/participants`, token);
  const parsed = participantList.safeParse(answer);
  if (!parsed.success) throw new Refusal('node-unreachable', undefined, { cause: parsed.error });
  return parsed.data.data;
}
