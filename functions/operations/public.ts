import type { publicRoutes } from '@muon/contract/routes.ts';
import { createEgress, getEgress, listEgresses, stopEgress } from './egresses.ts';
import { join } from './join.ts';
import type { Operations } from './operation.ts';
import { createRoom, deleteRoom, getRoom, listRooms } from './rooms.ts';
import { createToken } from './tokens.ts';

export const publicOperations: Pick<Operations, keyof typeof publicRoutes> = {
  createRoom,
  listRooms,
  getRoom,
  deleteRoom,
  createToken,
  join,
  createEgress,
  listEgresses,
  getEgress,
  stopEgress,
};
