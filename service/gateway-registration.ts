import type { GatewayHeartbeatAnswer, GatewayHeartbeatBody, RegisterGatewayBody } from '@muon/contract/internal.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Log } from './log.ts';
import { Registration } from './registration.ts';

export interface GatewayRegistrationOptions {
  readonly controlPlane: ControlPlane;
  readonly log: Log;
  readonly gateway: Omit<RegisterGatewayBody, 'generation'>;
  /** How what it runs fares. */
  readonly tell: () => Omit<GatewayHeartbeatBody, 'generation'>;
  /** Carries out what it is to run. */
  readonly apply: (wanted: GatewayHeartbeatAnswer) => void;
}

/** Keeps a gateway known to the control plane, and running what the control plane wants as soon as it wants it. */
export function registerGateway(options: GatewayRegistrationOptions): Registration {
  const { controlPlane, log, gateway, tell, apply } = options;
  const generation = Date.now();
  let seen = 0;
  return new Registration({
    log,
    register: () => controlPlane.call('registerGateway', { ...gateway, generation }),
    async heartbeat() {
      const answer = await controlPlane.call('gatewayHeartbeat', { generation, ...tell() }, { gateway: gateway.id });
      seen = answer.version;
      apply(answer);
    },
    async awaitNews() {
      const { version } = await controlPlane.call('awaitAssignments', { generation, seen }, { gateway: gateway.id });
      return version !== seen;
    },
  });
}
