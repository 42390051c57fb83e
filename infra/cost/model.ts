import { type Assumptions, assumptions, type Demand } from './assumptions.ts';
import type { Prices } from './prices.ts';

/** What people do, and what it takes. Bit rates and participants per core are for you to measure with your own rooms. */
export interface Load {
  readonly name: string;
  /** What one participant receives on the mean. */
  readonly downlinkMbps: number;
  readonly participantsPerCore: number;
  /** How much of the capacity is in use on the mean: what scales out is never full. */
  readonly usedShare: number;
  readonly minutesPerParticipant: number;
  readonly participantsPerRoom: number;
  /** Of a broadcast: viewers for each participant, and what each receives. */
  readonly viewersPerParticipant: number;
  readonly viewerMbps: number;
}

export type Item = 'hosts' | 'transfer' | 'cdn' | 'requests' | 'table' | 'flowLogs';

/** Dollars for `participantHours`, by what they are paid for. */
export function costOf(
  load: Load,
  prices: Prices,
  participantHours: number,
  given: Assumptions = assumptions,
): Readonly<Record<Item, number>> {
  const { nodesPerHost, gbPerMbpsHour } = given.constants;
  const joins = (participantHours * 60) / load.minutesPerParticipant;
  const rooms = joins / load.participantsPerRoom;
  const nodeHours = participantHours / (load.participantsPerCore * load.usedShare);
  const hostHours = nodeHours / nodesPerHost;
  const { join, room, roomHour, nodeHour, gatewayHour } = given.demands;
  const demand = sum([
    times(join, joins),
    times(room, rooms),
    times(roomHour, participantHours / load.participantsPerRoom),
    times(nodeHour, nodeHours),
    times(gatewayHour, hostHours),
  ]);
  return {
    hosts: hostHours * (prices.mediaHostHour + prices.publicIpv4Hour + prices.diskHour),
    transfer: participantHours * load.downlinkMbps * gbPerMbpsHour * prices.transferGb,
    cdn: participantHours * load.viewersPerParticipant * load.viewerMbps * gbPerMbpsHour * prices.cdnGb,
    ...costOfDemand(demand, prices, given),
    flowLogs: costOfFlows(participantHours + nodeHours + hostHours, prices, given),
  };
}

/** What runs whether anybody calls or not: the smallest fleet, its heartbeats and its certificate. In dollars a month. */
export function standingCost(
  prices: Prices,
  hosts: { readonly media: number; readonly sip: number },
  given: Assumptions = assumptions,
): number {
  const { nodesPerHost, hoursPerMonth } = given.constants;
  const nodes = hosts.media * nodesPerHost;
  const gateways = hosts.media + hosts.sip;
  const { requests, table } = costOfDemand(
    sum([times(given.demands.nodeHour, nodes), times(given.demands.gatewayHour, gateways)]),
    prices,
    given,
  );
  const perHost = prices.publicIpv4Hour + prices.diskHour;
  const machines = hosts.media * (prices.mediaHostHour + perHost) + hosts.sip * (prices.sipHostHour + perHost);
  const hourly = machines + requests + table + costOfFlows(nodes + gateways, prices, given);
  return hourly * hoursPerMonth + prices.wildcardCertificateYear / 12;
}

function costOfDemand(
  { calls, reads, writes }: Demand,
  prices: Prices,
  { constants: { functionSeconds, functionGb } }: Assumptions,
): Readonly<Record<'requests' | 'table', number>> {
  return {
    requests:
      (calls * (prices.httpApiMillion + prices.lambdaMillion)) / 1e6 +
      calls * functionSeconds * functionGb * prices.lambdaGbSecond,
    table: (writes * prices.tableWriteMillion + reads * prices.tableReadMillion) / 1e6,
  };
}

function costOfFlows(connectionHours: number, prices: Prices, { constants }: Assumptions): number {
  const { flowRecordsPerConnectionHour, flowRecordBytes } = constants;
  return connectionHours * flowRecordsPerConnectionHour * flowRecordBytes * 1e-9 * prices.flowLogGb;
}

function times({ calls, reads, writes }: Demand, count: number): Demand {
  return { calls: calls * count, reads: reads * count, writes: writes * count };
}

function sum(demands: readonly Demand[]): Demand {
  const total = (of: keyof Demand): number => demands.reduce((before, demand) => before + demand[of], 0);
  return { calls: total('calls'), reads: total('reads'), writes: total('writes') };
}
