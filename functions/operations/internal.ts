import type { internalRoutes } from '@muon/contract/routes.ts';
import { awaitAssignments, gatewayHeartbeat, registerGateway } from './gateways.ts';
import { createLink } from './join.ts';
import { nodeHeartbeat, registerNode } from './nodes.ts';
import type { Operations } from './operation.ts';

export const internalOperations: Pick<Operations, keyof typeof internalRoutes> = {
  registerNode,
  nodeHeartbeat,
  registerGateway,
  gatewayHeartbeat,
  awaitAssignments,
  createLink,
};
