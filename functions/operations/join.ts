import {
  type AccessClaims,
  ACCESS_TOKEN_TTL_SECONDS,
  grantsSchema,
  type JoinClaims,
  TOKEN_ISSUER,
} from '@muon/contract/token.ts';
import { toNodeUrl } from '../domain/node-url.ts';
import { Refusal } from '../domain/refusal.ts';
import { admit } from './admit.ts';
import { allocate, type Placement } from './allocate.ts';
import { findDeadNode } from './check-node.ts';
import type { Context } from './context.ts';
import type { Operations } from './operation.ts';
import { newSecret } from './random.ts';
import { toIceServers } from './turn.ts';
import { findDialled } from './dispatch-rules.ts';
import { findRoom, sipUriOf } from './find-room.ts';

/** A participant with a join token. */
export const join: Operations['join'] = async (context, { claims, body }) => {
  const wanted = await findRoom(context, claims.room);
  await admit(context, wanted, claims, body);
  const deadNode = body.failedNode === undefined ? undefined : await findDeadNode(context, wanted, body.failedNode);
  const { room, node } = await allocate(context, claims.room, deadNode);
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

/** A WHIP client with a join token: leads it to the node. */
export const whip: Operations['whip'] = async (context, { claims }) => {
  const { publish, hidden } = claims.grants;
  if (!publish || hidden) throw new Refusal('forbidden', 'The token does not allow to publish.');
  return { location: (await redirect(context, claims, '/whip', 'ingress')).href };
};

/** A WHEP player with a join token. */
export const whep: Operations['whep'] = async (context, { claims, query }) => {
  if (!claims.grants.subscribe) throw new Refusal('forbidden', 'The token does not allow to receive the others.');
  const location = await redirect(context, claims, '/whep', 'standard');
  if (query.participant !== undefined) location.searchParams.set('participant', query.participant);
  return { location: location.href };
};

async function redirect(
  context: Context,
  claims: JoinClaims,
  path: '/whip' | '/whep',
  kind: AccessClaims['kind'],
): Promise<URL> {
  const { sub, name, attributes, grants } = claims;
  await admit(context, await findRoom(context, claims.room), claims, {});
  const placement = await allocate(context, claims.room);
  const who: Who = { sub, name, attributes, grants, kind, iceServers: toIceServers(context) };
  const location = toNodeUrl(placement.node.url, path);
  location.searchParams.set('access_token', await mintAccess(context, placement, who));
  return location;
}

/** A gateway, on behalf of a telephone, a broadcast or the like. */
export const createLink: Operations['createLink'] = async (context, { body }) => {
  if (!(await context.store.gateways.get(body.gateway)))
    throw new Refusal('not-found', `The gateway ${body.gateway} is not registered.`);
  const { room: dialled, caller } = body;
  const wanted =
    body.kind === 'sip' ? await findDialled(context, { dialled, caller }) : await findRoom(context, dialled);
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

type Who = Pick<AccessClaims, 'sub' | 'name' | 'attributes' | 'grants' | 'kind' | 'iceServers'>;

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
