/** What a thing asks of the control plane: calls of functions, and units of the table that they read and write. */
export interface Demand {
  readonly calls: number;
  readonly reads: number;
  readonly writes: number;
}

/** What Muon does for each. Counted in the code, not measured. */
export const demands = {
  /** Reads the room, its allocation, nodes and a key, and writes little or nothing when the room is placed. */
  join: { calls: 2, reads: 8, writes: 2 },
  /** Made, named, placed, seen filled and empty, and ended, in transactions, which count twice, and told of by events. */
  room: { calls: 2, reads: 10, writes: 44 },
  /** What was used is told every minute, with heartbeats: the room's day and its copy in the index, and its part of the node's sums. */
  roomHour: { calls: 0, reads: 0, writes: 300 },
  /** Heartbeats, one every 5 s: the item, and its copy in the index. */
  nodeHour: { calls: 720, reads: 720, writes: 1440 },
  /** The same, and each reads what the gateway is to run, of which there is one on every host. */
  gatewayHour: { calls: 720, reads: 2880, writes: 1440 },
} as const;

export const constants = {
  /** What one call of a function takes; a guess. */
  functionSeconds: 0.03,
  /** As `infra/api.ts` gives it. */
  functionGb: 1,
  nodesPerHost: 4,
  /** Guesses: a participant, a node and a gateway have one connection each, of which the flow log tells every minute, either way. */
  flowRecordsPerConnectionHour: 120,
  flowRecordBytes: 120,
  gbPerMbpsHour: 0.45,
  hoursPerMonth: 730,
} as const;

export interface Assumptions {
  readonly demands: { readonly [Name in keyof typeof demands]: Demand };
  readonly constants: { readonly [Name in keyof typeof constants]: number };
}

export const assumptions: Assumptions = { demands, constants };
