import { setTimeout } from 'node:timers/promises';
import type { GatewayHeartbeatBody } from '@muon/contract/internal.ts';
import { leadsOn, toAssignment } from '../domain/egress.ts';
import { isRtmpGateway } from '../domain/gateway.ts';
import { Refusal } from '../domain/refusal.ts';
import { failCalls, noteCalls, readAssignedCalls } from './calls.ts';
import type { Context } from './context.ts';
import { advanceEgress } from './egresses.ts';
import type { Operations } from './operation.ts';

/** How often a gateway's item is looked at while the gateway waits for a change of it. */
const LOOK_INTERVAL_MS = 100;

export const registerGateway: Operations['registerGateway'] = async (context, { body }) => {
  const { store, clock, heartbeatIntervalMs, longPollMs } = context;
  const before = await store.gateways.get(body.id);
  if ((await store.gateways.register(body, clock())) === 'outdated')
    throw new Refusal('conflict', `A later start of the gateway ${body.id} is registered.`);
  // Programs can be run again; a telephone that was called must not ring twice.
  if (before && before.generation !== body.generation) await failCalls(context, body.id, 'the gateway started again');
  return { heartbeatIntervalMs, longPollMs };
};

/** Takes what a gateway tells, and answers with all that it is to run: what it missed before, it hears again. */
export const gatewayHeartbeat: Operations['gatewayHeartbeat'] = async (context, { params, body }) => {
  const { store, clock } = context;
  if ((await store.gateways.beat(params.gateway, body.generation, clock())) === 'unknown')
    throw new Refusal('not-found', `This start of the gateway ${params.gateway} is not registered.`);
  await takeOver(context, params.gateway);
  for (const { id, reserved } of await context.fleet.deadSipGateways())
    if (reserved > 0) await failCalls(context, id, 'the gateway was lost');
  await noteStates(context, params.gateway, body);
  await noteCalls(context, params.gateway, body);
  // Read before the rest, so that the answer is as new as it says.
  const { assignmentVersion: version = 0 } = (await store.gateways.get(params.gateway)) ?? {};
  const running = await store.egresses.assignedTo(params.gateway);
  return { version, egresses: running.map(toAssignment), calls: await readAssignedCalls(context, params.gateway) };
};

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
