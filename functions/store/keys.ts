import type { Key } from './table.ts';

/** Where everything is in the one table. */
export const keys = {
  room: (id: string): Key => ({ pk: `ROOM#${id}`, sk: 'META' }),
  /** What is left of a room for some days, so that whoever was in it is told why, and that nothing of it goes on. */
  roomEnd: (id: string): Key => ({ pk: `ROOM#${id}`, sk: 'END' }),
  roomName: (name: string): Key => ({ pk: `RNAME#${name}`, sk: 'LOCK' }),
  /** Beside its room; gone with it some time later. */
  ban: (roomId: string, identity: string): Key => ({ pk: `ROOM#${roomId}`, sk: `BAN#${identity}` }),
  /** What goes on in a room, beside it. */
  liveIn: (roomId: string): Key => ({ pk: `ROOM#${roomId}`, sk: 'LIVE#' }),
  live: (roomId: string, kind: string, id: string): Key => ({ pk: `ROOM#${roomId}`, sk: `LIVE#${kind}#${id}` }),
  node: (id: string): Key => ({ pk: `NODE#${id}`, sk: 'NODE' }),
  /** Beside the node that the room is placed on, so that the node's rooms are read consistently and in one go. */
  heldRoom: (nodeId: string, roomId: string): Key => ({ pk: `NODE#${nodeId}`, sk: `ROOM#${roomId}` }),
  /** How far the node's reports have been taken. */
  nodeReports: (id: string): Key => ({ pk: `NODE#${id}`, sk: 'REPORTS' }),
  /** The same of its reports of usage. */
  nodeUsage: (id: string): Key => ({ pk: `NODE#${id}`, sk: 'USAGE' }),
  usageOfRoom: (roomId: string, day: string): Key => ({ pk: `USAGE#${roomId}`, sk: `DAY#${day}` }),
  usageOfNode: (day: string, nodeId: string): Key => ({ pk: `USAGE#${day}`, sk: `NODE#${nodeId}` }),
  gateway: (id: string): Key => ({ pk: `GW#${id}`, sk: 'GATEWAY' }),
  egress: (id: string): Key => ({ pk: `EG#${id}`, sk: 'META' }),
  /** A copy of the egress beside the gateway that runs it, for the same reason. */
  assignedEgress: (gatewayId: string, egressId: string): Key => ({ pk: `GW#${gatewayId}`, sk: `EG#${egressId}` }),
  /** All together, by gateway. */
  unfinishedRecordings: (gatewayId: string): Key => ({ pk: 'RECORDINGS', sk: `${gatewayId}#` }),
  unfinishedRecording: (gatewayId: string, egressId: string, id: string): Key => ({
    pk: 'RECORDINGS',
    sk: `${gatewayId}#${egressId}#${id}`,
  }),
  deletions: (holder: string): Key => ({ pk: 'DELETIONS', sk: `${holder}#` }),
  deletion: (holder: string, egressId: string, id: string): Key => ({
    pk: 'DELETIONS',
    sk: `${holder}#${egressId}#${id}`,
  }),
  call: (id: string): Key => ({ pk: `CA#${id}`, sk: 'META' }),
  assignedCall: (gatewayId: string, callId: string): Key => ({ pk: `GW#${gatewayId}`, sk: `CA#${callId}` }),
  /** All together, so that they are read consistently and in one go. */
  trunk: (id: string): Key => ({ pk: 'TRUNKS', sk: `TR#${id}` }),
  ingress: (id: string): Key => ({ pk: 'INGRESSES', sk: `IN#${id}` }),
  dispatchRule: (id: string): Key => ({ pk: 'RULES', sk: `DR#${id}` }),
  /** A value that one item has and no other may have. */
  lock: (value: string): Key => ({ pk: `LOCK#${value}`, sk: 'LOCK' }),
  /** A request that is to be done once. */
  once: (id: string): Key => ({ pk: `IDEM#${id}`, sk: 'IDEM' }),
  /** All together, so that they are read consistently and in one go. */
  webhook: (id: string): Key => ({ pk: 'WEBHOOKS', sk: `WH#${id}` }),
  /** Events that are not handed to the webhooks yet, and which was the last. */
  outbox: (line: string, order: string): Key => ({ pk: `OB#${line}`, sk: `EV#${order}` }),
  lastEvent: (line: string): Key => ({ pk: `OB#${line}`, sk: 'LAST' }),
  /** Deliveries of one line to one webhook, and who is at them. */
  delivery: (webhookId: string, line: string, order: string): Key => ({
    pk: `WL#${webhookId}#${line}`,
    sk: `EV#${order}`,
  }),
  deliveryLine: (webhookId: string, line: string): Key => ({ pk: `WL#${webhookId}#${line}`, sk: 'LINE' }),
  eventRange: 'EV#',
  apiKey: (id: string): Key => ({ pk: `AK#${id}`, sk: 'KEY' }),

  // Hash keys of gsi1: all of a kind.
  allRooms: 'ROOMS',
  allNodes: 'NODES',
  allGateways: (kind: string): string => `GATEWAYS#${kind}`,
  allApiKeys: 'KEYS',
  allEgresses: 'EGRESSES',
  allCalls: 'CALLS',
  allIngresses: 'INGRESSES',
  allTrunks: 'TRUNKS',
  allDispatchRules: 'RULES',
  allWebhooks: 'WEBHOOKS',
  /** Events come often: they are spread over several. */
  outboxShard: (shard: number): string => `OUTBOX#${shard}`,
  usageShard: (day: string, shard: number): string => `USAGE#${day}#${shard}`,
  deliveriesOf: (webhookId: string): string => `DELIVERIES#${webhookId}`,
  dueLinesOf: (webhookId: string): string => `DUE#${webhookId}`,

  // Hash key and start of the range key of gsi2: what belongs to a room.
  ofRoom: (id: string): string => `ROOM#${id}`,
  egressRange: 'EG#',
  callRange: 'CA#',

  /** Hash key of gsi2: rooms by when something is to be done about them. They are spread over several. */
  dueRooms: (shard: number): string => `DUE-ROOMS#${shard}`,
} as const;
