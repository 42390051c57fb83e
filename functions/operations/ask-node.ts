import {
  roomCommands,
  type RoomCommand,
  type RoomCommandAnswer,
  type RoomCommandParams,
} from '@muon/contract/room-command.ts';
import { participantList, type ParticipantStats } from '@muon/contract/participant-stats.ts';
import { NODE_TOKEN_TTL_SECONDS, type NodeScope, TOKEN_ISSUER } from '@muon/contract/token.ts';
import type * as z from 'zod';
import type { Node } from '../domain/node.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Room } from '../domain/room.ts';
import type { Context } from './context.ts';
import { newSecret } from './random.ts';

/** Who is in a room, as its node tells now; nobody when no node that lives has it. */
export async function readParticipants(context: Context, room: Room): Promise<ParticipantStats[]> {
  const node = await findNode(context, room);
  if (!node) return [];
  const token = await mintNodeToken(context, node, { room: room.id, scope: 'participants:read' });
  const answer = await context.nodeClient.ask(node, { path: `/rooms/${room.id}/participants`, token });
  return parse(participantList, answer).data;
}

/**
 * Has the node of a room do something; undefined when no node that lives has it, so that nobody is there.
 *
 * @throws Refusal as `NodeClient.ask`
 */
export async function commandRoom<Name extends RoomCommand>(
  context: Context,
  room: Room,
  name: Name,
  params: RoomCommandParams<Name>,
): Promise<RoomCommandAnswer<Name> | undefined> {
  const node = await findNode(context, room);
  if (!node) return undefined;
  const token = await mintNodeToken(context, node, { room: room.id, scope: 'room:command' });
  const answer = await context.nodeClient.ask(node, {
    path: `/rooms/${room.id}/commands/${name}`,
    token,
    body: params,
  });
  return parse(roomCommands[name].answer as z.ZodType, answer) as RoomCommandAnswer<Name>;
}

async function findNode({ store, fleet }: Context, { allocation }: Room): Promise<Node | undefined> {
  const node = allocation && (await store.nodes.get(allocation.nodeId));
  return node && fleet.isAlive(node) ? node : undefined;
}

function mintNodeToken(
  { signer, clock, random }: Context,
  node: Node,
  what: { readonly room: string; readonly scope: NodeScope },
): Promise<string> {
  const iat = Math.floor(clock() / 1000);
  const exp = iat + NODE_TOKEN_TTL_SECONDS;
  return signer.signNode({ iss: TOKEN_ISSUER, aud: node.id, ...what, iat, exp, jti: newSecret(random) });
}

function parse<Answer>(schema: z.ZodType<Answer>, answer: unknown): Answer {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Refusal('node-unreachable', undefined, { cause: parsed.error });
}
