import type { GatewayHeartbeatBody } from '@muon/contract/internal.ts';
import { leadsOn, toAssignment } from '../domain/egress.ts';
import { isRtmpGateway } from '../domain/gateway.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { advanceEgress } from './egresses.ts';
import type { Operations } from './operation.ts';

export const registerGateway: Operations['registerGateway'] = async (context, { body }) => {
  const { store, clock, heartbeatIntervalMs } = context;
  if ((await store.gateways.register(body, clock())) === 'outdated')
    throw new Refusal('conflict', `A later start of the gateway ${body.id} is registered.`);
  return { heartbeatIntervalMs };
};

/** Takes what a gateway tells, and answers with all that it is to run: what it missed before, it hears again. */
export const gatewayHeartbeat: Operations['gatewayHeartbeat'] = async (context, { params, body }) => {
  const { store, clock } = context;
  if ((await store.gateways.beat(params.gateway, body.generation, clock())) === 'unknown')
    throw new Refusal('not-found', `This start of the gateway ${params.gateway} is not registered.`);
  await takeOver(context, params.gateway);
  await noteStates(context, params.gateway, body);
  const running = await store.egresses.assignedTo(params.gateway);
  return { egresses: running.map(toAssignment) };
};

async function noteStates(context: Context, gatewayId: string, { egresses }: GatewayHeartbeatBody): Promise<void> {
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
  if (!gateway || !isRtmpGateway(gateway)) return;
  const options = { aliveSinceMs: fleet.aliveSinceMs };
  for (const from of dead)
    for (const egress of await store.egresses.assignedTo(from.id))
      await store.egresses.reassign(egress, from, gateway, options);
}
