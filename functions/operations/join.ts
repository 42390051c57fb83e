import { type AccessClaims, ACCESS_TOKEN_TTL_SECONDS, grantsSchema, TOKEN_ISSUER } from '@muon/contract/token.ts';
import { Refusal } from '../domain/refusal.ts';
import { admit } from './admit.ts';
import { allocate, type Placement } from './allocate.ts';
import type { Context } from './context.ts';
import type { Operations } from './operation.ts';
import { newSecret } from './random.ts';
import { toIceServers } from './turn.ts';
import { findRoom, sipUriOf } from './find-room.ts';

/** A participant with a join token. */
export const join: Operations['join'] = async (context, { claims, body }) => {
  await admit(context, await findRoom(context, claims.room), claims, body);
  const { room, node } = await allocate(context, claims.room);
  const { sub: identity, name = identity, attributes, grants } = claims;
  return {
    url: node.url,
    accessToken: await mintAccess(
      context,
      { room, node },
      { sub: identity, name, attributes, grants, kind: 'standard' },
    ),
    iceServers: toIceServers(context),
    room: { id: room.id, name: room.name, ...(await sipUriOf(context, room)) },
    node: { id: node.id, region: node.region },
    participant: { identity, name },
  };
};

/** A gateway, on behalf of a telephone, a broadcast or the like. */
export const createLink: Operations['createLink'] = async (context, { body }) => {
  if (!(await context.store.gateways.get(body.gateway)))
    throw new Refusal('not-found', `The gateway ${body.gateway} is not registered.`);
  const wanted = await findRoom(context, body.room);
  // Programs come by order of an API key; telephones come from anywhere.
  if (body.kind === 'sip') await admit(context, wanted, { sub: body.identity, grants: ANYBODY }, {});
  const { room, node } = await allocate(context, wanted.id);
  const { identity: sub, name, attributes, kind, hidden } = body;
  const grants = grantsSchema.parse({ hidden, link: true });
  return {
    url: node.linkUrl,
    accessToken: await mintAccess(context, { room, node }, { sub, name, attributes, grants, kind }),
    room: { id: room.id, name: room.name },
  };
};

/** A telephone brings no grants of its own. */
const ANYBODY = grantsSchema.parse({});

type Who = Pick<AccessClaims, 'sub' | 'name' | 'attributes' | 'grants' | 'kind'>;

function mintAccess({ signer, clock, random }: Context, { room, node }: Placement, who: Who): Promise<string> {
  const iat = Math.floor(clock() / 1000);
  return signer.signAccess({
    ...who,
    iss: TOKEN_ISSUER,
    aud: node.id,
    room: room.id,
    roomName: room.name,
    epoch: room.epoch,
    maxParticipants: room.maxParticipants,
    iat,
    exp: iat + ACCESS_TOKEN_TTL_SECONDS,
    jti: newSecret(random),
  });
}
