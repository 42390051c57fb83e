import { roomReference } from '@muon/contract/room.ts';
import type { DispatchRule as DispatchRuleResource } from '@muon/contract/sip.ts';
import {
  dispatch,
  type Dispatched,
  type DispatchRule,
  type IncomingCall,
  MAX_DISPATCH_RULES,
} from '../domain/dispatch.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Room } from '../domain/room.ts';
import { type Context, timestampOf } from './context.ts';
import { findRoom } from './find-room.ts';
import type { Operations } from './operation.ts';
import { newId } from './random.ts';
import { checkRevision } from './revision.ts';
import { findTrunk } from './trunks.ts';

export const createDispatchRule: Operations['createDispatchRule'] = async (context, { body }) => {
  const { store, random, clock } = context;
  const { room: reference, trunk } = body;
  const { id: roomId, name } = await findRoom(context, reference);
  if (trunk !== undefined) await findTrunk(context, trunk);
  if ((await store.dispatchRules.all()).length >= MAX_DISPATCH_RULES)
    throw new Refusal('too-many-dispatch-rules', `There are ${MAX_DISPATCH_RULES} already.`);
  const id = newId('dispatch-rule', random);
  const rule: DispatchRule = { ...body, id, room: { id: roomId, name }, createdAt: timestampOf(clock), revision: 1 };
  const outcome = await store.dispatchRules.create(rule);
  if (outcome === 'taken') throw new Refusal('pin-taken');
  return toResource(outcome === 'exists' ? await findRule(context, id) : rule);
};

export const listDispatchRules: Operations['listDispatchRules'] = async ({ store, cursors }, { query }) => {
  const after = query.cursor === undefined ? undefined : cursors.open('listDispatchRules', query.cursor);
  const { items, next } = await store.dispatchRules.list({ limit: query.limit, after });
  return { data: items.map(toResource), ...(next ? { nextCursor: cursors.seal('listDispatchRules', next) } : {}) };
};

export const getDispatchRule: Operations['getDispatchRule'] = async (context, { params }) =>
  toResource(await findRule(context, params.rule));

export const updateDispatchRule: Operations['updateDispatchRule'] = async (context, { params, body, ifMatch }) => {
  const { room: reference, ...rest } = body;
  const room = reference === undefined ? undefined : await findRoom(context, reference);
  if (rest.trunk) await findTrunk(context, rest.trunk);
  for (;;) {
    const rule = await findRule(context, params.rule);
    checkRevision(rule, ifMatch);
    const change = {
      room: room ? { id: room.id, name: room.name } : rule.room,
      priority: rest.priority ?? rule.priority,
      trunk: changed(rest.trunk, rule.trunk),
      dialled: changed(rest.dialled, rule.dialled),
      callers: changed(rest.callers, rule.callers),
      pin: changed(rest.pin, rule.pin),
    };
    const outcome = await context.store.dispatchRules.update(rule, change);
    if (outcome === 'taken') throw new Refusal('pin-taken');
    if (outcome === 'updated') return toResource({ ...rule, ...change, revision: rule.revision + 1 });
  }
};

export const deleteDispatchRule: Operations['deleteDispatchRule'] = async (context, { params }) => {
  while ((await context.store.dispatchRules.delete(await findRule(context, params.rule))) === 'changed');
};

export const explainDispatch: Operations['explainDispatch'] = async (context, { body }) => {
  const { room, outcome, rule, considered } = await resolve(context, body);
  return {
    outcome,
    ...(room ? { room: { id: room.id, name: room.name } } : {}),
    ...(rule ? { rule: rule.id } : {}),
    considered: [...considered],
  };
};

/**
 * The room that a telephone dials: one of that name, or that of the rule which the call matches.
 *
 * @throws Refusal `room-not-found`, or `password-required` where a PIN would have to be entered
 */
export async function findDialled(context: Context, call: IncomingCall): Promise<Room> {
  const { room, outcome } = await resolve(context, call);
  if (outcome === 'pin-required') throw new Refusal('password-required', 'The call needs a PIN.');
  if (!room) throw new Refusal('room-not-found', `Nothing is reached at ${call.dialled}.`);
  return room;
}

async function resolve(
  context: Context,
  call: IncomingCall,
): Promise<Dispatched & { readonly room?: Room | undefined }> {
  const { store } = context;
  const named = roomReference.safeParse(call.dialled.toLowerCase());
  const room = named.success ? await findRoom(context, named.data).catch(ignoreAbsent) : undefined;
  if (room) return { outcome: 'room', room, considered: [] };
  const dispatched = dispatch(await store.dispatchRules.all(), call);
  if (dispatched.outcome !== 'room') return dispatched;
  // Its room may be gone since.
  const target = await store.rooms.get(dispatched.rule!.room.id);
  return target ? { ...dispatched, room: target } : { ...dispatched, outcome: 'no-rule' };
}

function ignoreAbsent(error: unknown): undefined {
  if (error instanceof Refusal && error.code === 'room-not-found') return undefined;
  throw error;
}

/** What is left out stays, null takes away. */
function changed<Value>(wanted: Value | null | undefined, before: Value | undefined): Value | undefined {
  return wanted === null ? undefined : (wanted ?? before);
}

async function findRule({ store }: Context, id: string): Promise<DispatchRule> {
  const rule = await store.dispatchRules.get(id);
  if (rule) return rule;
  throw new Refusal('dispatch-rule-not-found', `There is no dispatch rule ${id}.`);
}

function toResource({ trunk, dialled, callers, pin, ...rule }: DispatchRule): DispatchRuleResource {
  return {
    ...rule,
    room: { ...rule.room },
    ...(trunk === undefined ? {} : { trunk }),
    ...(dialled === undefined ? {} : { dialled: [...dialled] }),
    ...(callers === undefined ? {} : { callers: [...callers] }),
    ...(pin === undefined ? {} : { pin }),
  };
}
