import * as z from 'zod';
import { createEgressBody, egressPage, egressQuery, egressSchema, updateEgressBody } from './egress.ts';
import { idSchema } from './id.ts';
import {
  assignmentsAwaited,
  awaitAssignmentsBody,
  createLinkBody,
  gatewayHeartbeatAnswer,
  gatewayHeartbeatBody,
  gatewayRegistered,
  linkCreated,
  nodeHeartbeatAnswer,
  nodeHeartbeatBody,
  nodeRegistered,
  registerGatewayBody,
  registerNodeBody,
} from './internal.ts';
import { ingressRoutes } from './ingress-routes.ts';
import { joinBody, joinedSchema, redirection, whepQuery } from './join.ts';
import { createKeyBody, keyPage, keySchema, keyWithSecret, rotateKeyBody, updateKeyBody } from './key.ts';
import { drainNodeBody, nodeList, nodeSchema } from './node.ts';
import { pageQuery } from './page.ts';
import { participantRoutes } from './participant-routes.ts';
import type { ProblemCode } from './problem.ts';
import { createRoomBody, roomPage, roomReference, roomSchema, updateRoomBody } from './room.ts';
import { sipRoutes } from './sip-routes.ts';
import type { Scope } from './scope.ts';
import { createTurnCredentialsBody, turnCredentials } from './turn.ts';
import { createdToken, createTokenBody } from './token.ts';
import { usagePage, usageQuery } from './usage.ts';
import {
  createWebhookBody,
  deliveryPage,
  deliverySchema,
  rotateWebhookSecretBody,
  updateWebhookBody,
  webhookPage,
  webhookSchema,
  webhookWithSecret,
} from './webhook.ts';

/** One operation of the API: from it come the handler's route, the gateway's route and the API reference. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With parameters in braces, as OpenAPI and API Gateway write them. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** `key`: an API key with `scope`; `join`: a join token, or a stream key where it says so; `internal`: another part of Muon. */
  readonly auth:
    | { readonly kind: 'key'; readonly scope: Scope }
    | { readonly kind: 'join'; readonly streamKeys?: true }
    | { readonly kind: 'internal' };
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: 200 | 201 | 204 | 307;
  /** Absent with 204; of 307, the `location` alone, which goes into the header. */
  readonly response?: z.ZodType;
  /** Refusals besides those that any request may get. */
  readonly problems: readonly ProblemCode[];
}

/** Whether a request may carry an idempotency key: it makes something, for the owner of an API key. */
export function isRepeatable({ method, auth }: Pick<Route, 'method' | 'auth'>): boolean {
  return method === 'POST' && auth.kind === 'key';
}

/** Whether a request may say which state of the resource it changes: what has no revision has no ETag. */
export function isConditional({ method, response }: Pick<Route, 'method' | 'response'>): boolean {
  return method === 'PATCH' && response instanceof z.ZodObject && 'revision' in response.shape;
}

const room = z.object({ room: roomReference });
const key = z.object({ key: idSchema('key') });
const node = z.object({ node: idSchema('node') });
const egress = z.object({ egress: idSchema('egress') });
const webhook = z.object({ webhook: idSchema('webhook') });
const delivery = z.object({ ...webhook.shape, delivery: idSchema('delivery') });

/** Why a token does not lead into its room. */
const admissionProblems = [
  'token-expired',
  'participant-banned',
  'room-locked',
  'password-required',
  'room-not-found',
  'no-node-available',
] as const satisfies readonly ProblemCode[];

/** The public API. */
export const publicRoutes = {
  createKey: {
    method: 'POST',
    path: '/v1/keys',
    operationId: 'createKey',
    tag: 'Keys',
    summary: 'Create an API key',
    description: 'Its secret is shown in this answer and never again. It may have no scope that your own key lacks.',
    auth: { kind: 'key', scope: 'keys:write' },
    body: createKeyBody,
    status: 201,
    response: keyWithSecret,
    problems: [],
  },
  listKeys: {
    method: 'GET',
    path: '/v1/keys',
    operationId: 'listKeys',
    tag: 'Keys',
    summary: 'List API keys, newest first',
    auth: { kind: 'key', scope: 'keys:read' },
    query: pageQuery,
    status: 200,
    response: keyPage,
    problems: [],
  },
  getKey: {
    method: 'GET',
    path: '/v1/keys/{key}',
    operationId: 'getKey',
    tag: 'Keys',
    summary: 'Read an API key',
    auth: { kind: 'key', scope: 'keys:read' },
    params: key,
    status: 200,
    response: keySchema,
    problems: ['key-not-found'],
  },
  updateKey: {
    method: 'PATCH',
    path: '/v1/keys/{key}',
    operationId: 'updateKey',
    tag: 'Keys',
    summary: 'Rename an API key, or change its scopes',
    description: 'Takes effect within 30 seconds.',
    auth: { kind: 'key', scope: 'keys:write' },
    params: key,
    body: updateKeyBody,
    status: 200,
    response: keySchema,
    problems: ['key-not-found'],
  },
  rotateKey: {
    method: 'POST',
    path: '/v1/keys/{key}/rotate',
    operationId: 'rotateKey',
    tag: 'Keys',
    summary: 'Give an API key a new secret',
    description:
      'The secret until now works on for `graceSeconds`, so that nothing fails while you deploy the new one. ' +
      'Your own key must have all scopes of the rotated one.',
    auth: { kind: 'key', scope: 'keys:write' },
    params: key,
    body: rotateKeyBody,
    status: 200,
    response: keyWithSecret,
    problems: ['key-not-found'],
  },
  deleteKey: {
    method: 'DELETE',
    path: '/v1/keys/{key}',
    operationId: 'deleteKey',
    tag: 'Keys',
    summary: 'Revoke an API key',
    description: 'It is refused everywhere within 30 seconds.',
    auth: { kind: 'key', scope: 'keys:write' },
    params: key,
    status: 204,
    problems: ['key-not-found'],
  },
  createRoom: {
    method: 'POST',
    path: '/v1/rooms',
    operationId: 'createRoom',
    tag: 'Rooms',
    summary: 'Create a room',
    description: 'A room costs nothing until somebody joins; only then a node is chosen for it.',
    auth: { kind: 'key', scope: 'rooms:write' },
    body: createRoomBody,
    status: 201,
    response: roomSchema,
    problems: ['room-name-taken'],
  },
  listRooms: {
    method: 'GET',
    path: '/v1/rooms',
    operationId: 'listRooms',
    tag: 'Rooms',
    summary: 'List rooms, newest first',
    auth: { kind: 'key', scope: 'rooms:read' },
    query: pageQuery,
    status: 200,
    response: roomPage,
    problems: [],
  },
  getRoom: {
    method: 'GET',
    path: '/v1/rooms/{room}',
    operationId: 'getRoom',
    tag: 'Rooms',
    summary: 'Read a room',
    auth: { kind: 'key', scope: 'rooms:read' },
    params: room,
    status: 200,
    response: roomSchema,
    problems: ['room-not-found'],
  },
  updateRoom: {
    method: 'PATCH',
    path: '/v1/rooms/{room}',
    operationId: 'updateRoom',
    tag: 'Rooms',
    summary: 'Change a room',
    description: 'Who is in the room stays, whatever is changed; who joins from now on finds it so.',
    auth: { kind: 'key', scope: 'rooms:write' },
    params: room,
    body: updateRoomBody,
    status: 200,
    response: roomSchema,
    problems: ['room-not-found'],
  },
  deleteRoom: {
    method: 'DELETE',
    path: '/v1/rooms/{room}',
    operationId: 'deleteRoom',
    tag: 'Rooms',
    summary: 'Delete a room',
    description: 'Everybody in it is disconnected, its broadcasts stop, and its name is free again.',
    auth: { kind: 'key', scope: 'rooms:write' },
    params: room,
    status: 204,
    problems: ['room-not-found'],
  },
  ...participantRoutes,
  createToken: {
    method: 'POST',
    path: '/v1/rooms/{room}/tokens',
    operationId: 'createToken',
    tag: 'Rooms',
    summary: 'Mint a join token',
    description: 'Admits one identity to one room. Your back end calls this and hands the token to the participant.',
    auth: { kind: 'key', scope: 'tokens:write' },
    params: room,
    body: createTokenBody,
    status: 201,
    response: createdToken,
    problems: ['room-not-found'],
  },
  join: {
    method: 'POST',
    path: '/v1/join',
    operationId: 'join',
    tag: 'Joining',
    summary: 'Join a room',
    description:
      'Called by the participant with the join token as bearer. Finds or chooses the node of the room. ' +
      'A client that lost its node simply joins again.',
    auth: { kind: 'join' },
    body: joinBody,
    status: 200,
    response: joinedSchema,
    problems: admissionProblems,
  },
  createTurnCredentials: {
    method: 'POST',
    path: '/v1/turn-credentials',
    operationId: 'createTurnCredentials',
    tag: 'Joining',
    summary: 'Make credentials for the TURN servers',
    description: '`POST /v1/join` gives them to participants already; this is for clients that join in another way.',
    auth: { kind: 'key', scope: 'turn:write' },
    body: createTurnCredentialsBody,
    status: 201,
    response: turnCredentials,
    problems: [],
  },
  whip: {
    method: 'POST',
    path: '/v1/whip',
    operationId: 'whip',
    tag: 'Joining',
    summary: 'Publish into a room by WHIP',
    description:
      'The WHIP endpoint (RFC 9725) of OBS, GStreamer and encoders, with a join token or the stream key of an ingress as bearer, ' +
      'and an SDP offer as body. Leads to the node of the room, which answers the same request; the address carries a token of its own.',
    auth: { kind: 'join', streamKeys: true },
    status: 307,
    response: redirection,
    problems: ['forbidden', ...admissionProblems],
  },
  whep: {
    method: 'POST',
    path: '/v1/whep',
    operationId: 'whep',
    tag: 'Joining',
    summary: 'Play a room by WHEP',
    description:
      'The WHEP endpoint (draft-ietf-wish-whep) of players, with a join token as bearer and an SDP offer as body. ' +
      'Leads to the node of the room, which answers the same request; the address carries a token of its own.',
    auth: { kind: 'join' },
    query: whepQuery,
    status: 307,
    response: redirection,
    problems: ['forbidden', ...admissionProblems],
  },
  createEgress: {
    method: 'POST',
    path: '/v1/egresses',
    operationId: 'createEgress',
    tag: 'Egresses',
    summary: 'Start a broadcast of a room',
    description:
      'Composes all participants into one program (H.264 and AAC) that players and CDNs pull. ' +
      'It is encoded once, however many outputs it has, and kept as a file with `record`.',
    auth: { kind: 'key', scope: 'egresses:write' },
    body: createEgressBody,
    status: 201,
    response: egressSchema,
    problems: ['room-not-found', 'no-gateway-available'],
  },
  listEgresses: {
    method: 'GET',
    path: '/v1/egresses',
    operationId: 'listEgresses',
    tag: 'Egresses',
    summary: 'List broadcasts, newest first',
    auth: { kind: 'key', scope: 'egresses:read' },
    query: egressQuery,
    status: 200,
    response: egressPage,
    problems: ['room-not-found'],
  },
  getEgress: {
    method: 'GET',
    path: '/v1/egresses/{egress}',
    operationId: 'getEgress',
    tag: 'Egresses',
    summary: 'Read a broadcast',
    auth: { kind: 'key', scope: 'egresses:read' },
    params: egress,
    status: 200,
    response: egressSchema,
    problems: ['egress-not-found'],
  },
  updateEgress: {
    method: 'PATCH',
    path: '/v1/egresses/{egress}',
    operationId: 'updateEgress',
    tag: 'Egresses',
    summary: 'Change the layout of a broadcast',
    description: 'While it runs: its players see the next picture laid out so.',
    auth: { kind: 'key', scope: 'egresses:write' },
    params: egress,
    body: updateEgressBody,
    status: 200,
    response: egressSchema,
    problems: ['egress-not-found', 'egress-ended'],
  },
  stopEgress: {
    method: 'DELETE',
    path: '/v1/egresses/{egress}',
    operationId: 'stopEgress',
    tag: 'Egresses',
    summary: 'Stop a broadcast',
    description: 'Its resource stays readable; stopping it again changes nothing.',
    auth: { kind: 'key', scope: 'egresses:write' },
    params: egress,
    status: 200,
    response: egressSchema,
    problems: ['egress-not-found'],
  },
  deleteRecording: {
    method: 'DELETE',
    path: '/v1/egresses/{egress}/recordings/{recording}',
    operationId: 'deleteRecording',
    tag: 'Egresses',
    summary: 'Delete a recording',
    description:
      'The file is taken away for good, from the disk of its gateway or the bucket, within some seconds; while the gateway is away, when it is back. ' +
      'What is known of it stays, with `deletedAt` and without `location` and `url`. Deleting it again changes nothing.',
    auth: { kind: 'key', scope: 'egresses:write' },
    params: egress.extend({ recording: idSchema('recording') }),
    status: 200,
    response: egressSchema,
    problems: ['egress-not-found', 'recording-not-found', 'recording-unfinished'],
  },
  ...ingressRoutes,
  ...sipRoutes,
  listNodes: {
    method: 'GET',
    path: '/v1/nodes',
    operationId: 'listNodes',
    tag: 'Nodes',
    summary: 'List the media nodes',
    description: 'All at once: also those that were not heard of lately.',
    auth: { kind: 'key', scope: 'nodes:read' },
    status: 200,
    response: nodeList,
    problems: [],
  },
  getNode: {
    method: 'GET',
    path: '/v1/nodes/{node}',
    operationId: 'getNode',
    tag: 'Nodes',
    summary: 'Read a media node',
    auth: { kind: 'key', scope: 'nodes:read' },
    params: node,
    status: 200,
    response: nodeSchema,
    problems: ['node-not-found'],
  },
  cordonNode: {
    method: 'POST',
    path: '/v1/nodes/{node}/cordon',
    operationId: 'cordonNode',
    tag: 'Nodes',
    summary: 'Give a node no new rooms',
    description: 'Those that it has stay, and take further participants.',
    auth: { kind: 'key', scope: 'nodes:write' },
    params: node,
    status: 200,
    response: nodeSchema,
    problems: ['node-not-found'],
  },
  drainNode: {
    method: 'POST',
    path: '/v1/nodes/{node}/drain',
    operationId: 'drainNode',
    tag: 'Nodes',
    summary: 'Take a node out of service',
    description:
      'Cordons it. Rooms that are still there after the time-out move to other nodes: their participants join again by themselves.',
    auth: { kind: 'key', scope: 'nodes:write' },
    params: node,
    body: drainNodeBody,
    status: 200,
    response: nodeSchema,
    problems: ['node-not-found'],
  },
  uncordonNode: {
    method: 'POST',
    path: '/v1/nodes/{node}/uncordon',
    operationId: 'uncordonNode',
    tag: 'Nodes',
    summary: 'Give a node rooms again',
    description: 'Also ends a drain.',
    auth: { kind: 'key', scope: 'nodes:write' },
    params: node,
    status: 200,
    response: nodeSchema,
    problems: ['node-not-found'],
  },
  listUsage: {
    method: 'GET',
    path: '/v1/usage',
    operationId: 'listUsage',
    tag: 'Usage',
    summary: 'How much was used, by day or by room, the last day first',
    description:
      'Those who are still there are counted about every minute; of a node that dies, what it told last counts. Days are those of UTC, and kept for 400.',
    auth: { kind: 'key', scope: 'usage:read' },
    query: usageQuery,
    status: 200,
    response: usagePage,
    problems: ['room-not-found'],
  },
  createWebhook: {
    method: 'POST',
    path: '/v1/webhooks',
    operationId: 'createWebhook',
    tag: 'Webhooks',
    summary: 'Create a webhook',
    description:
      'From now on, events are sent to it as Standard Webhooks (standardwebhooks.com): signed, tried again for a day ' +
      'until they are answered with a 2xx within 10 seconds, those of one room in their order. Its secret is shown in ' +
      'this answer and never again.',
    auth: { kind: 'key', scope: 'webhooks:write' },
    body: createWebhookBody,
    status: 201,
    response: webhookWithSecret,
    problems: ['too-many-webhooks'],
  },
  listWebhooks: {
    method: 'GET',
    path: '/v1/webhooks',
    operationId: 'listWebhooks',
    tag: 'Webhooks',
    summary: 'List webhooks, newest first',
    auth: { kind: 'key', scope: 'webhooks:read' },
    query: pageQuery,
    status: 200,
    response: webhookPage,
    problems: [],
  },
  getWebhook: {
    method: 'GET',
    path: '/v1/webhooks/{webhook}',
    operationId: 'getWebhook',
    tag: 'Webhooks',
    summary: 'Read a webhook',
    auth: { kind: 'key', scope: 'webhooks:read' },
    params: webhook,
    status: 200,
    response: webhookSchema,
    problems: ['webhook-not-found'],
  },
  updateWebhook: {
    method: 'PATCH',
    path: '/v1/webhooks/{webhook}',
    operationId: 'updateWebhook',
    tag: 'Webhooks',
    summary: 'Change a webhook, or disable and enable it',
    description: 'What is still to be delivered goes on with what was changed, and rests while it is disabled.',
    auth: { kind: 'key', scope: 'webhooks:write' },
    params: webhook,
    body: updateWebhookBody,
    status: 200,
    response: webhookSchema,
    problems: ['webhook-not-found'],
  },
  deleteWebhook: {
    method: 'DELETE',
    path: '/v1/webhooks/{webhook}',
    operationId: 'deleteWebhook',
    tag: 'Webhooks',
    summary: 'Delete a webhook',
    description: 'What was still to be delivered is dropped.',
    auth: { kind: 'key', scope: 'webhooks:write' },
    params: webhook,
    status: 204,
    problems: ['webhook-not-found'],
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/v1/webhooks/{webhook}/rotate-secret',
    operationId: 'rotateWebhookSecret',
    tag: 'Webhooks',
    summary: 'Give a webhook a new secret',
    description:
      'Events are signed with both secrets for `graceSeconds`, so that nothing fails while you deploy the new one.',
    auth: { kind: 'key', scope: 'webhooks:write' },
    params: webhook,
    body: rotateWebhookSecretBody,
    status: 200,
    response: webhookWithSecret,
    problems: ['webhook-not-found'],
  },
  testWebhook: {
    method: 'POST',
    path: '/v1/webhooks/{webhook}/test',
    operationId: 'testWebhook',
    tag: 'Webhooks',
    summary: 'Send a test event to a webhook',
    description: 'Read the delivery to see what became of it. A disabled webhook gets it when it is enabled.',
    auth: { kind: 'key', scope: 'webhooks:write' },
    params: webhook,
    status: 201,
    response: deliverySchema,
    problems: ['webhook-not-found'],
  },
  listDeliveries: {
    method: 'GET',
    path: '/v1/webhooks/{webhook}/deliveries',
    operationId: 'listDeliveries',
    tag: 'Webhooks',
    summary: 'List what was sent to a webhook, newest first',
    description: 'For seven days after its end, each delivery is kept with all its attempts.',
    auth: { kind: 'key', scope: 'webhooks:read' },
    params: webhook,
    query: pageQuery,
    status: 200,
    response: deliveryPage,
    problems: ['webhook-not-found'],
  },
  getDelivery: {
    method: 'GET',
    path: '/v1/webhooks/{webhook}/deliveries/{delivery}',
    operationId: 'getDelivery',
    tag: 'Webhooks',
    summary: 'Read what became of an event at a webhook',
    auth: { kind: 'key', scope: 'webhooks:read' },
    params: delivery,
    status: 200,
    response: deliverySchema,
    problems: ['delivery-not-found'],
  },
  redeliver: {
    method: 'POST',
    path: '/v1/webhooks/{webhook}/deliveries/{delivery}/redeliver',
    operationId: 'redeliver',
    tag: 'Webhooks',
    summary: 'Send an event to a webhook again',
    description: 'As a new delivery of the same event, with the same `webhook-id`, at once and out of line.',
    auth: { kind: 'key', scope: 'webhooks:write' },
    params: delivery,
    status: 201,
    response: deliverySchema,
    problems: ['webhook-not-found', 'delivery-not-found'],
  },
} as const satisfies Record<string, Route>;

const gateway = z.object({ gateway: idSchema('gateway') });

/** What nodes and gateways call; never exposed to the public. */
export const internalRoutes = {
  registerNode: {
    method: 'POST',
    path: '/internal/nodes',
    operationId: 'registerNode',
    tag: 'Internal',
    summary: 'A node has started',
    auth: { kind: 'internal' },
    body: registerNodeBody,
    status: 200,
    response: nodeRegistered,
    problems: ['conflict'],
  },
  nodeHeartbeat: {
    method: 'POST',
    path: '/internal/nodes/{node}/heartbeat',
    operationId: 'nodeHeartbeat',
    tag: 'Internal',
    summary: 'A node lives; 404 asks it to register again',
    auth: { kind: 'internal' },
    params: node,
    body: nodeHeartbeatBody,
    status: 200,
    response: nodeHeartbeatAnswer,
    problems: ['not-found'],
  },
  registerGateway: {
    method: 'POST',
    path: '/internal/gateways',
    operationId: 'registerGateway',
    tag: 'Internal',
    summary: 'A gateway has started',
    auth: { kind: 'internal' },
    body: registerGatewayBody,
    status: 200,
    response: gatewayRegistered,
    problems: ['conflict'],
  },
  gatewayHeartbeat: {
    method: 'POST',
    path: '/internal/gateways/{gateway}/heartbeat',
    operationId: 'gatewayHeartbeat',
    tag: 'Internal',
    summary: 'A gateway lives, and hears what it is to run; 404 asks it to register again',
    auth: { kind: 'internal' },
    params: gateway,
    body: gatewayHeartbeatBody,
    status: 200,
    response: gatewayHeartbeatAnswer,
    problems: ['not-found'],
  },
  awaitAssignments: {
    method: 'POST',
    path: '/internal/gateways/{gateway}/assignments',
    operationId: 'awaitAssignments',
    tag: 'Internal',
    summary: 'A gateway waits until it is to run something else, for a while',
    auth: { kind: 'internal' },
    params: gateway,
    body: awaitAssignmentsBody,
    status: 200,
    response: assignmentsAwaited,
    problems: ['not-found'],
  },
  createLink: {
    method: 'POST',
    path: '/internal/links',
    operationId: 'createLink',
    tag: 'Internal',
    summary: 'A gateway wants to join a room',
    auth: { kind: 'internal' },
    body: createLinkBody,
    status: 200,
    response: linkCreated,
    problems: ['room-not-found', 'not-found', 'no-node-available'],
  },
} as const satisfies Record<string, Route>;
