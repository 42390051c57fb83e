import type { CallAssignment, GatewayHeartbeatBody } from '@muon/contract/internal.ts';
import { type Call, type CallStatus, comesAfter, isOver, toCallResource } from '../domain/call.ts';
import { readAgain } from '../domain/read-again.ts';
import { Refusal } from '../domain/refusal.ts';
import type { CallStore, GatewayLife } from '../domain/store.ts';
import type { Trunk } from '../domain/trunk.ts';
import { chooseGateway } from './choose-gateway.ts';
import { type Books, type Context, timestampOf } from './context.ts';
import { findRoom } from './find-room.ts';
import type { Operations } from './operation.ts';
import { newId } from './random.ts';
import { findTrunk } from './trunks.ts';

export const createCall: Operations['createCall'] = async (context, { body }) => {
  const { store, fleet, random, clock } = context;
  const room = await findRoom(context, body.room);
  const trunk = await findTrunk(context, body.trunk);
  const id = newId('call', random);
  const from = body.from ?? trunk.numbers[0];
  const draft = {
    id,
    status: 'starting',
    room: { id: room.id, name: room.name },
    trunk: trunk.id,
    to: body.to,
    ...(from === undefined ? {} : { from }),
    identity: body.identity ?? `sip:${id}`,
    name: body.name ?? 'Phone',
    createdAt: timestampOf(clock),
    revision: 1,
  } as const;
  const full = new Set<string>();
  for (;;) {
    const gateway = await chooseGateway(random, (options) => fleet.sipGateways(options), full);
    const call: Call = { ...draft, gatewayId: gateway.id };
    const outcome = await store.calls.create(call, { aliveSinceMs: fleet.aliveSinceMs });
    if (outcome === 'created') return toCallResource(call);
    if (outcome === 'exists') return toCallResource(await findCall(context, id));
    if (outcome === 'room-gone') throw new Refusal('room-not-found', `There is no room ${body.room}.`);
    full.add(gateway.id);
  }
};

export const listCalls: Operations['listCalls'] = async (context, { query }) => {
  const { store, cursors } = context;
  const room = query.room === undefined ? undefined : await findRoom(context, query.room);
  const filter = { roomId: room?.id, status: query.status };
  const list = `listCalls ${JSON.stringify(filter)}`;
  const after = query.cursor === undefined ? undefined : cursors.open(list, query.cursor);
  const { items, next } = await store.calls.list(filter, { limit: query.limit, after });
  return { data: items.map(toCallResource), ...(next ? { nextCursor: cursors.seal(list, next) } : {}) };
};

export const getCall: Operations['getCall'] = async (context, { params }) =>
  toCallResource(await findCall(context, params.call));

export const hangUpCall: Operations['hangUpCall'] = async (context, { params }) =>
  toCallResource(await endCall(context, params.call, 'hung up on request'));

/** One that is over stays as it ended. */
export async function endCall(context: Books, id: string, reason: string): Promise<Call> {
  return readAgain(async () => {
    const call = await findCall(context, id);
    if (isOver(call.status)) return call;
    await advance(context, call, 'ended', reason);
    return undefined;
  });
}

/** Takes what a gateway tells of its calls. */
export async function noteCalls(
  context: Context,
  gatewayId: string,
  { calls = [] }: Pick<GatewayHeartbeatBody, 'calls'>,
): Promise<void> {
  if (calls.length === 0) return;
  const told = new Map(calls.map((call) => [call.id, call]));
  for (const call of await context.store.calls.assignedTo(gatewayId)) {
    const report = told.get(call.id);
    // Overtaken by a request to hang up: the next heartbeat tells again what still matters.
    if (report && comesAfter(report.status, call.status)) await advance(context, call, report.status, report.reason);
  }
}

/** Ends all calls of a gateway that cannot know of them any more; none when it turns out to be another than was seen. */
export async function failCalls(context: Context, id: string, reason: string, seen: GatewayLife): Promise<void> {
  for (const call of await context.store.calls.assignedTo(id)) await fail(context, call, reason, seen);
}

async function fail(context: Context, call: Call, reason: string, seen: GatewayLife): Promise<void> {
  let current: Call | undefined = call;
  await readAgain(async () => {
    if (!current || isOver(current.status)) return 'over';
    const outcome = await advance(context, current, 'failed', reason, seen);
    if (outcome !== 'changed') return outcome;
    current = await context.store.calls.get(call.id);
    return undefined;
  });
}

/** What a gateway is to dial or to keep up. */
export async function readAssignedCalls(context: Context, gatewayId: string): Promise<CallAssignment[]> {
  const calls = await context.store.calls.assignedTo(gatewayId);
  return (await Promise.all(calls.map((call) => toAssignment(context, call)))).filter((each) => each !== undefined);
}

async function toAssignment(context: Context, call: Call): Promise<CallAssignment | undefined> {
  const { id, room, to, from, identity, name } = call;
  const trunk = await context.store.trunks.get(call.trunk);
  // A call that goes on needs its trunk no more, but its gateway has to go on hearing of it.
  if (!trunk && call.status === 'starting') {
    await advance(context, call, 'failed', 'the trunk was deleted');
    return undefined;
  }
  return {
    id,
    room: { ...room },
    to,
    ...(from === undefined ? {} : { from }),
    identity,
    name,
    ...(trunk ? { trunk: toDialling(context, trunk) } : {}),
  };
}

function toDialling({ seal }: Context, { id, address, transport, username, password }: Trunk): CallAssignment['trunk'] {
  return {
    address,
    transport,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: seal.open(id, password) }),
  };
}

async function advance(
  { store, clock }: Books,
  call: Call,
  status: CallStatus,
  reason: string | undefined,
  seen?: GatewayLife,
): Promise<Awaited<ReturnType<CallStore['advance']>>> {
  const now = timestampOf(clock);
  const change = {
    status,
    reason,
    answeredAt: call.answeredAt ?? (status === 'active' ? now : undefined),
    endedAt: isOver(status) ? now : undefined,
  };
  const type = eventOf[status];
  const data = toCallResource({ ...call, ...change, revision: call.revision + 1 });
  const event = type && { type, createdAtMs: clock(), room: call.room, data };
  return store.calls.advance(call, change, { event, seen });
}

const eventOf = {
  starting: undefined,
  ringing: undefined,
  active: 'call.answered',
  ended: 'call.ended',
  failed: 'call.failed',
} as const;

async function findCall({ store }: Pick<Context, 'store'>, id: string): Promise<Call> {
  const call = await store.calls.get(id);
  if (call) return call;
  throw new Refusal('call-not-found', `There is no call ${id}.`);
}
