import type { publicRoutes } from '@muon/contract/routes.ts';
import { createKey, deleteKey, getKey, listKeys, rotateKey, updateKey } from './api-keys.ts';
import { deleteRecording } from './delete-recording.ts';
import { createEgress, getEgress, listEgresses, stopEgress, updateEgress } from './egresses.ts';
import { join, whep, whip } from './join.ts';
import {
  createIngress,
  deleteIngress,
  getIngress,
  listIngresses,
  rotateStreamKey,
  updateIngress,
} from './ingresses.ts';
import { createCall, getCall, hangUpCall, listCalls } from './calls.ts';
import {
  createDispatchRule,
  deleteDispatchRule,
  explainDispatch,
  getDispatchRule,
  listDispatchRules,
  updateDispatchRule,
} from './dispatch-rules.ts';
import { createTrunk, deleteTrunk, getTrunk, listTrunks, updateTrunk } from './trunks.ts';
import type { Operations } from './operation.ts';
import { cordonNode, drainNode, getNode, listNodes, uncordonNode } from './node-service.ts';
import {
  getParticipant,
  listParticipants,
  moveParticipant,
  muteTrack,
  removeParticipant,
  sendMessage,
  updateParticipant,
} from './participants.ts';
import { createRoom, deleteRoom, getRoom, listRooms, updateRoom } from './rooms.ts';
import { createToken } from './tokens.ts';
import { createTurnCredentials } from './turn.ts';
import { listUsage } from './usage.ts';
import { getDelivery, listDeliveries, redeliver, testWebhook } from './deliveries.ts';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateWebhookSecret,
  updateWebhook,
} from './webhooks.ts';

export const publicOperations: Pick<Operations, keyof typeof publicRoutes> = {
  createKey,
  listKeys,
  getKey,
  updateKey,
  rotateKey,
  deleteKey,
  createRoom,
  listRooms,
  getRoom,
  updateRoom,
  deleteRoom,
  listParticipants,
  getParticipant,
  updateParticipant,
  muteTrack,
  moveParticipant,
  removeParticipant,
  sendMessage,
  createToken,
  join,
  createTurnCredentials,
  whip,
  whep,
  createEgress,
  listEgresses,
  getEgress,
  updateEgress,
  stopEgress,
  deleteRecording,
  createIngress,
  listIngresses,
  getIngress,
  updateIngress,
  rotateStreamKey,
  deleteIngress,
  createTrunk,
  listTrunks,
  getTrunk,
  updateTrunk,
  deleteTrunk,
  createDispatchRule,
  listDispatchRules,
  getDispatchRule,
  updateDispatchRule,
  deleteDispatchRule,
  explainDispatch,
  createCall,
  listCalls,
  getCall,
  hangUpCall,
  listNodes,
  getNode,
  cordonNode,
  drainNode,
  uncordonNode,
  listUsage,
  createWebhook,
  listWebhooks,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  testWebhook,
  listDeliveries,
  getDelivery,
  redeliver,
};
