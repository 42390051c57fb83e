import type { Key } from '@muon/contract/key.ts';
import { idPrefixes } from '@muon/contract/id.ts';
import type { Scope } from '@muon/contract/scope.ts';
import { type ApiKey, type ApiKeyChange, toApiKey } from '../domain/api-key.ts';
import { readAgain } from '../domain/read-again.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Context, timestampOf } from './context.ts';
import { digestOf } from './key-ring.ts';
import type { Operations } from './operation.ts';
import { newId, newSecret } from './random.ts';
import { checkRevision } from './revision.ts';

const PREFIX = `${idPrefixes.key}_`;

export const createKey: Operations['createKey'] = async (context, { body, key: caller }) => {
  checkOwnScopes(caller, body.scopes);
  const { store, random, clock } = context;
  const id = newId('key', random).slice(PREFIX.length);
  const secret = toApiKey(id, newSecret(random));
  const key: ApiKey = { id, ...body, sha256: digestOf(secret), createdAt: timestampOf(clock), revision: 1 };
  await store.apiKeys.create(key);
  return { ...toResource(key), secret };
};

export const listKeys: Operations['listKeys'] = async ({ store, cursors }, { query }) => {
  const after = query.cursor === undefined ? undefined : cursors.open('listKeys', query.cursor);
  const { items, next } = await store.apiKeys.list({ limit: query.limit, after });
  return { data: items.map(toResource), ...(next ? { nextCursor: cursors.seal('listKeys', next) } : {}) };
};

export const getKey: Operations['getKey'] = async (context, { params }) =>
  toResource(await findKey(context, params.key));

export const updateKey: Operations['updateKey'] = async (context, { params, body, key: caller, ifMatch }) => {
  checkOwnScopes(caller, body.scopes ?? []);
  const { name, scopes } = body;
  const changes = { ...(name === undefined ? {} : { name }), ...(scopes === undefined ? {} : { scopes }) };
  return toResource(await change(context, params.key, ifMatch, () => changes));
};

export const rotateKey: Operations['rotateKey'] = async (context, { params, body, key: caller }) => {
  const secret = toApiKey(params.key.slice(PREFIX.length), newSecret(context.random));
  const untilMs = context.clock() + body.graceSeconds * 1000;
  const key = await change(context, params.key, undefined, ({ scopes, sha256, previous }) => {
    // Whoever is answered the secret may do from now on what the key may.
    checkOwnScopes(caller, scopes);
    // Rotated already, by a first try that was done after all.
    return { sha256: digestOf(secret), previous: sha256 === digestOf(secret) ? previous : { sha256, untilMs } };
  });
  return { ...toResource(key), secret };
};

export const deleteKey: Operations['deleteKey'] = async ({ store, keyRing }, { params }) => {
  const id = params.key.slice(PREFIX.length);
  if ((await store.apiKeys.delete(id)) === 'unknown') throw new Refusal('key-not-found');
  keyRing.forget(id);
};

/** Nobody gives away more than they have. */
function checkOwnScopes(caller: ApiKey, wanted: readonly Scope[]): void {
  const lacking = wanted.filter((scope) => !caller.scopes.includes(scope));
  if (lacking.length > 0) throw new Refusal('forbidden', `Your own key lacks ${lacking.join(', ')}.`);
}

async function change(
  context: Context,
  reference: string,
  ifMatch: number | undefined,
  toChange: (key: ApiKey) => ApiKeyChange,
): Promise<ApiKey> {
  const { store, keyRing } = context;
  return readAgain(async () => {
    const key = await findKey(context, reference);
    checkRevision(key, ifMatch);
    const changes = toChange(key);
    if ((await store.apiKeys.update(key, changes)) === 'changed') return undefined;
    keyRing.forget(key.id);
    return { ...key, ...changes, revision: key.revision + 1 };
  });
}

async function findKey({ store }: Context, reference: string): Promise<ApiKey> {
  const key = await store.apiKeys.get(reference.slice(PREFIX.length));
  if (!key) throw new Refusal('key-not-found', `There is no key ${reference}.`);
  return key;
}

function toResource({ id, name, scopes, createdAt, lastUsedAt, revision }: ApiKey): Key {
  const used = lastUsedAt === undefined ? {} : { lastUsedAt };
  return { id: `${PREFIX}${id}`, name, scopes: [...scopes], createdAt, ...used, revision };
}
