import { setTimeout } from 'node:timers/promises';
import type { GatewayHeartbeatBody, RegisterGatewayBody } from '@muon/contract/internal.ts';
import { leadsOn, toAssignment } from '../domain/egress.ts';
import { isRtmpGateway } from '../domain/gateway.ts';
import { Refusal } from '../domain/refusal.ts';
import { failCalls, noteCalls, readAssignedCalls } from './calls.ts';
import type { Context } from './context.ts';
import { takeDeletions } from './delete-recording.ts';
import { noteRecordings } from './recordings.ts';
import { advanceEgress } from './egresses.ts';
import type { Operations } from './operation.ts';
import { refuseReports } from './refuse-reports.ts';

/** How often a gateway's item is looked at while the gateway waits for a change of it. */
const LOOK_INTERVAL_MS = 100;

export const registerGateway: Operations['registerGateway'] = async (context, { body }) => {
  const { store, clock, heartbeatIntervalMs, longPollMs } = context;
  await failCallsOfEarlierLife(context, body);
  if ((await store.gateways.register(body, clock())) === 'outdated')
    throw new Refusal('conflict', `A later start of the gateway ${body.id} is registered.`);
  return { heartbeatIntervalMs, longPollMs };
};

/** Takes what a gateway tells, and answers with all that it is to run: what it missed before, it hears again. */
export const gatewayHeartbeat: Operations['gatewayHeartbeat'] = async (context, { params, body }) => {
  const { store, clock } = context;
  if ((await store.gateways.beat(params.gateway, body.generation, clock())) === 'unknown')
    throw new Refusal('not-found', `This start of the gateway ${params.gateway} is not registered.`);
  await takeOver(context, params.gateway);
  await failCallsOfLost(context, params.gateway);
  await noteStates(context, params.gateway, body);
  const foreign = await noteRecordings(context, params.gateway, body);
  await noteCalls(context, params.gateway, body);
  // Read before the rest, so that the answer is as new as it says.
  const { assignmentVersion: version = 0 } = (await store.gateways.get(params.gateway)) ?? {};
  const running = await store.egresses.assignedTo(params.gateway);
  return {
    version,
    egresses: running.map(toAssignment),
    calls: await readAssignedCalls(context, params.gateway),
    deleteRecordings: await takeDeletions(context, params.gateway, body),
    refused: refuseReports(context, { gateway: params.gateway }, foreign),
  };
};

/**
 * Programs can be run again; a telephone that was called must not ring twice. Done before the new life is registered: what
 * goes wrong is done again with the registration, and no call that the new life is given is among them.
 */
async function failCallsOfEarlierLife(context: Context, { id, generation }: RegisterGatewayBody): Promise<void> {
  const before = await context.store.gateways.get(id);
  if (!before || before.generation >= generation) return;
  await failCalls(context, id, 'the gateway started again', { generation: before.generation });
}

/** The list of those that are lost may be a moment old: none that was heard of since loses a call. */
async function failCallsOfLost(context: Context, asking: string): Promise<void> {
  for (const { id, reserved, heartbeatAtMs } of await context.fleet.deadSipGateways())
    if (id !== asking && reserved > 0) await failCalls(context, id, 'the gateway was lost', { heartbeatAtMs });
}

/** Answers once there is something newer than what the gateway has seen, or after a while. */
export const awaitAssignments: Operations['awaitAssignments'] = async (context, { params, body }) => {
  for (let waitedMs = 0; ; waitedMs += LOOK_INTERVAL_MS) {
    const gateway = await context.store.gateways.get(params.gateway);
    if (gateway?.generation !== body.generation)
      throw new Refusal('not-found', `This start of the gateway ${params.gateway} is not registered.`);
    const version = gateway.assignmentVersion;
    if (version !== body.seen || waitedMs >= context.longPollMs) return { version };
    await setTimeout(LOOK_INTERVAL_MS);
  }
};

async function noteStates(
  context: Context,
  gatewayId: string,
  { egresses }: Pick<GatewayHeartbeatBody, 'egresses'>,
): Promise<void> {
  if (egresses.length === 0) return;
  const told = new Map(egresses.map((egress) => [egress.id, egress]));
  for (const egress of await context.store.egresses.assignedTo(gatewayId)) {
    const report = told.get(egress.id);
    if (!report || !leadsOn(egress.status, report)) continue;
    const { status, reason } = report;
    // Overtaken by a stop or a move: the next heartbeat tells again what still matters.
    await advanceEgress(context, egress, { status, reason });
  }
}

/** Takes the programs of dead gateways to one that lives. */
async function takeOver({ store, fleet }: Context, gatewayId: string): Promise<void> {
  const dead = (await fleet.deadRtmpGateways()).filter(({ id, reserved }) => id !== gatewayId && reserved > 0);
  if (dead.length === 0) return;
  const gateway = await store.gateways.get(gatewayId);
  if (!gateway || !isRtmpGateway(gateway) || gateway.cordonedAtMs !== undefined) return;
  const options = { aliveSinceMs: fleet.aliveSinceMs };
  for (const from of dead)
    for (const egress of await store.egresses.assignedTo(from.id))
      await store.egresses.reassign(egress, from, gateway, options);
}
