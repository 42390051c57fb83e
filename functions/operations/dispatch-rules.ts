import { roomReference } from '@muon/contract/room.ts';
import type { DispatchRule as DispatchRuleResource } from '@muon/contract/sip.ts';
import {
  dispatch,
  type Dispatched,
  type DispatchRule,
  type IncomingCall,
  isNumber,
  MAX_DISPATCH_RULES,
  toE164,
} from '../domain/dispatch.ts';
import { readAgain, unlessChanged } from '../domain/read-again.ts';
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
  return readAgain(async () => {
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
    return outcome === 'changed' ? undefined : toResource({ ...rule, ...change, revision: rule.revision + 1 });
  });
};

export const deleteDispatchRule: Operations['deleteDispatchRule'] = async (context, { params }) => {
  const { dispatchRules } = context.store;
  await readAgain(async () => unlessChanged(await dispatchRules.delete(await findRule(context, params.rule))));
};

export const explainDispatch: Operations['explainDispatch'] = async (context, { body }) => {
  const { room, outcome, rule, trunk, considered } = await resolve(context, body);
  return {
    outcome,
    ...(room ? { room: { id: room.id, name: room.name } } : {}),
    ...(rule ? { rule: rule.id } : {}),
    ...(trunk === undefined ? {} : { trunk }),
    considered: [...considered],
  };
};

/** What a telephone dials, as its gateway tells. */
type Dialled = Omit<IncomingCall, 'trunk'>;

/** Where it leads. */
interface Resolved extends Dispatched {
  readonly room?: Room | undefined;
  readonly trunk?: string | undefined;
}

/**
 * The room that a telephone dials.
 *
 * @throws Refusal `room-not-found`, or `password-required` where a PIN would have to be entered
 */
export async function findDialled(context: Context, call: Dialled): Promise<Room> {
  const { room, outcome } = await resolve(context, call);
  if (outcome === 'pin-required') throw new Refusal('password-required', 'The call needs a PIN.');
  if (!room) throw new Refusal('room-not-found', `Nothing is reached at ${call.dialled}.`);
  return room;
}

/**
 * Of a number, the rules decide, and a room of that name is reached where none of them matches: nobody takes calls to a
 * number away by the name of a room. Anything else is the name of a room before it is looked for in the rules.
 */
async function resolve(context: Context, call: Dialled): Promise<Resolved> {
  if (!isNumber(call.dialled)) {
    const room = await findNamed(context, call.dialled);
    return room ? { outcome: 'room', room, considered: [] } : followRules(context, call);
  }
  const trunk = await context.store.trunks.idOf(toE164(call.dialled));
  const followed = await followRules(context, { ...call, trunk });
  if (followed.rule || followed.outcome !== 'no-rule') return { ...followed, trunk };
  const room = await findNamed(context, call.dialled);
  return { ...followed, ...(room ? { outcome: 'room', room } : {}), trunk };
}

async function followRules({ store }: Context, call: IncomingCall): Promise<Resolved> {
  const dispatched = dispatch(await store.dispatchRules.all(), call);
  if (dispatched.outcome !== 'room') return dispatched;
  // Its room may be gone since.
  const room = await store.rooms.get(dispatched.rule!.room.id);
  return room ? { ...dispatched, room } : { ...dispatched, outcome: 'no-rule' };
}

async function findNamed(context: Context, dialled: string): Promise<Room | undefined> {
  const named = roomReference.safeParse(dialled.toLowerCase());
  return named.success ? findRoom(context, named.data).catch(ignoreAbsent) : undefined;
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
