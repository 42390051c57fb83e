import { readAgain, unlessChanged } from '../domain/read-again.ts';
import { Refusal } from '../domain/refusal.ts';
import { leadsElsewhere, toTrunkResource, type Trunk } from '../domain/trunk.ts';
import { type Context, timestampOf } from './context.ts';
import type { Operations } from './operation.ts';
import { newId } from './random.ts';
import { checkRevision } from './revision.ts';

export const createTrunk: Operations['createTrunk'] = async (context, { body }) => {
  const { store, seal, random, clock } = context;
  const id = newId('trunk', random);
  const { password, ...rest } = body;
  const sealed = password === undefined ? {} : { password: seal.close(id, password) };
  const trunk: Trunk = { id, ...rest, ...sealed, createdAt: timestampOf(clock), revision: 1 };
  const outcome = await store.trunks.create(trunk);
  if (outcome === 'taken') throw numberTaken(body.numbers);
  return toTrunkResource(outcome === 'exists' ? await findTrunk(context, id) : trunk);
};

export const listTrunks: Operations['listTrunks'] = async ({ store, cursors }, { query }) => {
  const after = query.cursor === undefined ? undefined : cursors.open('listTrunks', query.cursor);
  const { items, next } = await store.trunks.list({ limit: query.limit, after });
  return { data: items.map(toTrunkResource), ...(next ? { nextCursor: cursors.seal('listTrunks', next) } : {}) };
};

export const getTrunk: Operations['getTrunk'] = async (context, { params }) =>
  toTrunkResource(await findTrunk(context, params.trunk));

export const updateTrunk: Operations['updateTrunk'] = async (context, { params, body, ifMatch }) =>
  readAgain(async () => {
    const trunk = await findTrunk(context, params.trunk);
    checkRevision(trunk, ifMatch);
    const { name, address, transport, numbers, username = trunk.username, password } = body;
    const change = {
      name: name ?? trunk.name,
      address: address ?? trunk.address,
      transport: transport ?? trunk.transport,
      numbers: numbers ?? trunk.numbers,
      username: username ?? undefined,
      password: password ? context.seal.close(trunk.id, password) : password === null ? undefined : trunk.password,
    };
    if (password === undefined && trunk.password !== undefined && leadsElsewhere(trunk, change))
      throw new Refusal('trunk-password-required', 'The trunk is led elsewhere: give its password again, or null.');
    const outcome = await context.store.trunks.update(trunk, change);
    if (outcome === 'taken') throw numberTaken(change.numbers);
    return outcome === 'changed' ? undefined : toTrunkResource({ ...trunk, ...change, revision: trunk.revision + 1 });
  });

export const deleteTrunk: Operations['deleteTrunk'] = async (context, { params }) => {
  await readAgain(async () => unlessChanged(await context.store.trunks.delete(await findTrunk(context, params.trunk))));
};

/** @throws Refusal `trunk-not-found` */
export async function findTrunk({ store }: Context, id: string): Promise<Trunk> {
  const trunk = await store.trunks.get(id);
  if (trunk) return trunk;
  throw new Refusal('trunk-not-found', `There is no trunk ${id}.`);
}

function numberTaken(numbers: readonly string[]): Refusal {
  return new Refusal('number-taken', `Another trunk has one of ${numbers.join(', ')}.`);
}
