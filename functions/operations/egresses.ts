import type { EgressTemplate } from '@muon/contract/egress-template.ts';
import {
  addressesAt,
  type Egress,
  type EgressChange,
  type EgressDraft,
  isFinal,
  isPlaced,
  type PlacedEgress,
  toEgressResource,
} from '../domain/egress.ts';
import { readAgain } from '../domain/read-again.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Room } from '../domain/room.ts';
import type { AssignOptions } from '../domain/store.ts';
import { chooseGateway } from './choose-gateway.ts';
import { type Books, type Context, timestampOf } from './context.ts';
import type { Operations } from './operation.ts';
import { newId, newSecret } from './random.ts';
import { findRoom } from './find-room.ts';
import { checkRevision } from './revision.ts';

export const createEgress: Operations['createEgress'] = async (context, { body }) => {
  const room = await findRoom(context, body.room);
  const draft = toDraft(context, room, body);
  const create = (egress: PlacedEgress, options: AssignOptions) => context.store.egresses.create(egress, options);
  const { egress, outcome } = await assign(context, draft, create);
  if (outcome === 'room-gone') throw new Refusal('room-not-found', `There is no room ${body.room}.`);
  return toEgressResource(outcome === 'exists' ? await findEgress(context, egress.id) : egress);
};

/** A broadcast of a room, that no gateway has yet. */
export function toDraft(
  { random, clock }: Context,
  { id, name }: Pick<Room, 'id' | 'name'>,
  { layout, encoding, outputs, record }: EgressTemplate,
): EgressDraft {
  return {
    id: newId('egress', random),
    room: { id, name },
    status: 'starting',
    layout,
    encoding,
    outputs: outputs.map(({ type }) => ({
      id: newId('output', random),
      type,
      ...(type === 'rtmp-pull' ? { token: newSecret(random) } : {}),
    })),
    ...(record ? { recordings: [] } : {}),
    createdAt: timestampOf(clock),
    revision: 1,
  };
}

/**
 * Has `create` try gateways for a broadcast until one has a place for it.
 *
 * @throws Refusal `no-gateway-available`
 */
export async function assign<Outcome extends string>(
  { fleet, random }: Context,
  draft: EgressDraft,
  create: (egress: PlacedEgress, options: AssignOptions) => Promise<Outcome | 'gateway-full'>,
): Promise<{ readonly egress: PlacedEgress; readonly outcome: Outcome }> {
  const full = new Set<string>();
  for (;;) {
    const gateway = await chooseGateway(random, (options) => fleet.rtmpGateways(options), full);
    const egress = { ...draft, ...addressesAt(gateway) };
    const outcome = await create(egress, { aliveSinceMs: fleet.aliveSinceMs });
    if (outcome !== 'gateway-full') return { egress, outcome };
    full.add(gateway.id);
  }
}

export const listEgresses: Operations['listEgresses'] = async (context, { query }) => {
  const { store, cursors } = context;
  const room = query.room === undefined ? undefined : await findRoom(context, query.room);
  const filter = { roomId: room?.id, status: query.status };
  const list = `listEgresses ${JSON.stringify(filter)}`;
  const page = {
    limit: query.limit,
    after: query.cursor === undefined ? undefined : cursors.open(list, query.cursor),
  };
  const { items, next } = await store.egresses.list(filter, page);
  return {
    data: items.map(toEgressResource),
    ...(next ? { nextCursor: cursors.seal(list, next) } : {}),
  };
};

export const getEgress: Operations['getEgress'] = async (context, { params }) =>
  toEgressResource(await findEgress(context, params.egress));

export const updateEgress: Operations['updateEgress'] = async (context, { params, body, ifMatch }) => {
  return readAgain(async () => {
    const egress = await findEgress(context, params.egress);
    checkRevision(egress, ifMatch);
    if (isFinal(egress.status) || !isPlaced(egress))
      throw new Refusal('egress-ended', `The egress is ${egress.status}.`);
    const change = { layout: body.layout ?? egress.layout };
    if ((await context.store.egresses.update(egress, change)) === 'changed') return undefined;
    return toEgressResource({ ...egress, ...change, revision: egress.revision + 1 });
  });
};

export const stopEgress: Operations['stopEgress'] = async (context, { params }) =>
  toEgressResource(await endEgress(context, params.egress, 'stopped on request'));

/** Stops an egress, whatever it is doing; one that has ended stays as it ended. */
export async function endEgress(context: Books, id: string, reason: string): Promise<Egress> {
  return readAgain(async () => {
    const egress = await findEgress(context, id);
    if (isFinal(egress.status) || !isPlaced(egress)) return egress;
    return advanceEgress(context, egress, { status: 'stopped', reason });
  });
}

/** Moves an egress on, and tells of it; undefined, and nothing done, when it is no longer as given. */
export async function advanceEgress(
  { store, clock }: Books,
  egress: PlacedEgress,
  change: EgressChange,
): Promise<Egress | undefined> {
  const endedAt = isFinal(change.status) ? timestampOf(clock) : undefined;
  const type = eventOf[change.status];
  const advanced = { ...egress, ...change, endedAt, revision: egress.revision + 1 };
  const data = toEgressResource(advanced);
  const event = type && { type, createdAtMs: clock(), room: egress.room, data };
  return (await store.egresses.advance(egress, change, { endedAt, event })) === 'advanced' ? advanced : undefined;
}

const eventOf = {
  starting: undefined,
  active: 'egress.started',
  stopped: 'egress.ended',
  failed: 'egress.failed',
} as const;

export async function findEgress({ store }: Pick<Context, 'store'>, id: string): Promise<Egress> {
  const egress = await store.egresses.get(id);
  if (egress) return egress;
  throw new Refusal('egress-not-found', `There is no egress ${id}.`);
}
