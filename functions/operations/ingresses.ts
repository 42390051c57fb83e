import { createHash, timingSafeEqual } from 'node:crypto';
import { grantsSchema, JOIN_AUDIENCE, type JoinClaims, TOKEN_ISSUER } from '@muon/contract/token.ts';
import { type Ingress, ingressOf, toIngressResource, toStreamKey } from '../domain/ingress.ts';
import { readAgain, unlessChanged } from '../domain/read-again.ts';
import { Refusal } from '../domain/refusal.ts';
import { commandRoom, readParticipants } from './ask-node.ts';
import { type Context, timestampOf } from './context.ts';
import { findRoom } from './find-room.ts';
import type { Operations } from './operation.ts';
import { newId, newSecret } from './random.ts';
import { checkRevision } from './revision.ts';

export const createIngress: Operations['createIngress'] = async (context, { body }) => {
  const { store, random, clock } = context;
  const room = await findRoom(context, body.room);
  const id = newId('ingress', random);
  const streamKey = toStreamKey(id, newSecret(random));
  const ingress: Ingress = {
    id,
    type: body.type,
    room: { id: room.id, name: room.name },
    identity: body.identity,
    name: body.name ?? body.identity,
    enabled: true,
    sha256: digestOf(streamKey),
    createdAt: timestampOf(clock),
    revision: 1,
  };
  await store.ingresses.create(ingress);
  return { ...toIngressResource(await findIngress(context, id)), streamKey };
};

export const listIngresses: Operations['listIngresses'] = async ({ store, cursors }, { query }) => {
  const after = query.cursor === undefined ? undefined : cursors.open('listIngresses', query.cursor);
  const { items, next } = await store.ingresses.list({ limit: query.limit, after });
  return { data: items.map(toIngressResource), ...(next ? { nextCursor: cursors.seal('listIngresses', next) } : {}) };
};

export const getIngress: Operations['getIngress'] = async (context, { params }) => {
  const ingress = await findIngress(context, params.ingress);
  const status = (await isPublishing(context, ingress)) ? 'publishing' : 'idle';
  return { ...toIngressResource(ingress), status };
};

export const updateIngress: Operations['updateIngress'] = async (context, { params, body, ifMatch }) => {
  const ingress = await change(context, params.ingress, ifMatch, (before) => ({
    name: body.name ?? before.name,
    enabled: body.enabled ?? before.enabled,
  }));
  if (!ingress.enabled) await disconnect(context, ingress, 'the ingress was disabled');
  return toIngressResource(ingress);
};

export const rotateStreamKey: Operations['rotateStreamKey'] = async (context, { params }) => {
  const streamKey = toStreamKey(params.ingress, newSecret(context.random));
  const ingress = await change(context, params.ingress, undefined, () => ({ sha256: digestOf(streamKey) }));
  return { ...toIngressResource(ingress), streamKey };
};

export const deleteIngress: Operations['deleteIngress'] = async (context, { params }) => {
  await readAgain(async () => {
    // First, so that nobody comes in whom nobody sends out; not again, so that two who delete it do not hold each other up.
    const found = await findIngress(context, params.ingress);
    const ingress = found.enabled
      ? await change(context, params.ingress, undefined, () => ({ enabled: false }))
      : found;
    await disconnect(context, ingress, 'the ingress was deleted');
    return unlessChanged(await context.store.ingresses.delete(ingress));
  });
};

/**
 * What a stream key allows, as a join token would say it; undefined when it is no stream key.
 *
 * @throws Refusal `unauthenticated` for one that is not good
 */
export async function readStreamKey(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  bearer: string,
): Promise<JoinClaims | undefined> {
  const id = ingressOf(bearer);
  if (id === undefined) return undefined;
  const ingress = await store.ingresses.get(id);
  if (!ingress?.enabled || !isEqual(digestOf(bearer), ingress.sha256))
    throw new Refusal('unauthenticated', 'This stream key is not good, or not any more.');
  const iat = Math.floor(clock() / 1000);
  return {
    iss: TOKEN_ISSUER,
    aud: JOIN_AUDIENCE,
    sub: ingress.identity,
    room: ingress.room.id,
    name: ingress.name,
    grants: grantsSchema.parse({ subscribe: false, data: false }),
    admitted: true,
    iat,
    exp: iat,
    jti: ingress.id,
  };
}

async function change(
  context: Context,
  id: string,
  ifMatch: number | undefined,
  toChange: (ingress: Ingress) => Partial<Ingress>,
): Promise<Ingress> {
  return readAgain(async () => {
    const ingress = await findIngress(context, id);
    checkRevision(ingress, ifMatch);
    const changed = toChange(ingress);
    if ((await context.store.ingresses.update(ingress, changed)) !== 'updated') return undefined;
    return { ...ingress, ...changed, revision: ingress.revision + 1 };
  });
}

async function isPublishing(context: Context, { room, identity }: Ingress): Promise<boolean> {
  const placed = await context.store.rooms.get(room.id);
  if (!placed) return false;
  const participants = await readParticipants(context, placed);
  return participants.some((each) => each.identity === identity && each.connection === 'whip');
}

async function disconnect(context: Context, ingress: Ingress, reason: string): Promise<void> {
  if (!(await isPublishing(context, ingress))) return;
  const room = await context.store.rooms.get(ingress.room.id);
  const params = { identity: ingress.identity, reason, banSeconds: 0 };
  if (room) await commandRoom(context, room, 'removeParticipant', params).catch(ignoreAbsent);
}

/** Gone by itself meanwhile. */
function ignoreAbsent(error: unknown): undefined {
  if (error instanceof Refusal && error.code === 'participant-not-found') return undefined;
  throw error;
}

async function findIngress({ store }: Context, id: string): Promise<Ingress> {
  const ingress = await store.ingresses.get(id);
  if (ingress) return ingress;
  throw new Refusal('ingress-not-found', `There is no ingress ${id}.`);
}

function digestOf(streamKey: string): string {
  return createHash('sha256').update(streamKey).digest('hex');
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
