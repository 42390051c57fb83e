import { assumptions } from '@muon/infra/cost/assumptions.ts';
import { prices } from '@muon/infra/cost/prices.ts';
import type { Step, StepName } from './life-cycle.ts';

/** Dollars for a million joins. */
export interface JoinCost {
  readonly table: number;
  /** API Gateway and Lambda. */
  readonly requests: number;
}

/** What happens once for a room, and what for each participant; of those, one is the first. */
const timesInRoom: Readonly<Record<StepName, (participants: number) => number>> = {
  create: () => 1,
  mint: (participants) => participants,
  firstJoin: () => 1,
  join: (participants) => participants - 1,
  attendance: (participants) => participants,
  delete: () => 1,
};

/** What a million joins cost, each with its token and its share of a room that is made for so many and deleted after. */
export function costOfJoins(steps: readonly Step[], participants: number): JoinCost {
  const total = (of: (step: Step) => number): number =>
    steps.reduce((sum, step) => sum + (of(step) * timesInRoom[step.name](participants)) / participants, 0);
  const { functionSeconds, functionGb } = assumptions.constants;
  const requests = total((step) => step.requests);
  const calls = requests + total((step) => step.streamCalls);
  const perCall = prices.lambdaMillion + 1e6 * functionSeconds * functionGb * prices.lambdaGbSecond;
  return {
    table:
      total((step) => step.readUnits) * prices.tableReadMillion +
      total((step) => step.writeUnits) * prices.tableWriteMillion,
    requests: requests * prices.httpApiMillion + calls * perCall,
  };
}
