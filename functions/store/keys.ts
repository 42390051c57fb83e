import type { Key } from './table.ts';

/** Where everything is in the one table. */
export const keys = {
  room: (id: string): Key => ({ pk: `ROOM#${id}`, sk: 'META' }),
  roomName: (name: string): Key => ({ pk: `RNAME#${name}`, sk: 'LOCK' }),
  node: (id: string): Key => ({ pk: `NODE#${id}`, sk: 'NODE' }),
  /** Beside the node that the room is placed on, so that the node's rooms are read consistently and in one go. */
  heldRoom: (nodeId: string, roomId: string): Key => ({ pk: `NODE#${nodeId}`, sk: `ROOM#${roomId}` }),
  gateway: (id: string): Key => ({ pk: `GW#${id}`, sk: 'GATEWAY' }),
  egress: (id: string): Key => ({ pk: `EG#${id}`, sk: 'META' }),
  /** A copy of the egress beside the gateway that runs it, for the same reason. */
  assignedEgress: (gatewayId: string, egressId: string): Key => ({ pk: `GW#${gatewayId}`, sk: `EG#${egressId}` }),
  /** A request that is to be done once. */
  once: (id: string): Key => ({ pk: `IDEM#${id}`, sk: 'IDEM' }),
  apiKey: (id: string): Key => ({ pk: `AK#${id}`, sk: 'KEY' }),

  // Hash keys of gsi1: all of a kind.
  allRooms: 'ROOMS',
  allNodes: 'NODES',
  allGateways: (kind: string): string => `GATEWAYS#${kind}`,
  allApiKeys: 'KEYS',
  allEgresses: 'EGRESSES',

  // Hash key and start of the range key of gsi2: what belongs to a room.
  ofRoom: (id: string): string => `ROOM#${id}`,
  egressRange: 'EG#',
} as const;
