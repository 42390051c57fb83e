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

/** What one call of a function takes; measured nowhere but assumed here. */
const FUNCTION = { seconds: 0.03, gb: 1 };

/** A join reads the room, its allocation, nodes and a key, and writes little or nothing when the room is placed. */
const JOIN = { calls: 2, reads: 8, writes: 2 };

/** A room is made, named, placed and deleted, in transactions, which count twice, and told of by events. */
const ROOM = { calls: 2, reads: 6, writes: 24 };

/** A node tells every 5 s that it lives: its item and the copy in the index. */
const NODE_HOUR = { calls: 720, reads: 720, writes: 1440 };

const NODES_PER_HOST = 4;

/** Gigabytes in an hour at one megabit a second. */
const GB_PER_MBPS_HOUR = (1_000_000 / 8) * 3600 * 1e-9;

export type Item = 'hosts' | 'transfer' | 'cdn' | 'requests' | 'table';

/** Dollars for `participantHours`, by what they are paid for. */
export function costOf(load: Load, prices: Prices, participantHours: number): Readonly<Record<Item, number>> {
  const joins = (participantHours * 60) / load.minutesPerParticipant;
  const rooms = joins / load.participantsPerRoom;
  const nodeHours = participantHours / (load.participantsPerCore * load.usedShare);
  const hostHours = nodeHours / NODES_PER_HOST;
  const total = (of: 'calls' | 'reads' | 'writes'): number =>
    joins * JOIN[of] + rooms * ROOM[of] + nodeHours * NODE_HOUR[of];
  const callMillions = total('calls') / 1e6;
  return {
    hosts: hostHours * (prices.mediaHostHour + prices.publicIpv4Hour + prices.diskHour),
    transfer: participantHours * load.downlinkMbps * GB_PER_MBPS_HOUR * prices.transferGb,
    cdn: participantHours * load.viewersPerParticipant * load.viewerMbps * GB_PER_MBPS_HOUR * prices.cdnGb,
    requests:
      callMillions * (prices.httpApiMillion + prices.lambdaMillion) +
      total('calls') * FUNCTION.seconds * FUNCTION.gb * prices.lambdaGbSecond,
    table: (total('writes') * prices.tableWriteMillion + total('reads') * prices.tableReadMillion) / 1e6,
  };
}

/** What runs whether anybody calls or not: the smallest fleet and its certificate. In dollars a month. */
export function standingCost(prices: Prices, hosts: { readonly media: number; readonly sip: number }): number {
  const perHost = prices.publicIpv4Hour + prices.diskHour;
  const hourly = hosts.media * (prices.mediaHostHour + perHost) + hosts.sip * (prices.sipHostHour + perHost);
  return hourly * HOURS_PER_MONTH + prices.wildcardCertificateYear / 12;
}

const HOURS_PER_MONTH = 730;
