import * as z from 'zod';
import { idSchema } from './id.ts';
import { createIngressBody, ingressPage, ingressSchema, ingressWithKey, updateIngressBody } from './ingress.ts';
import { pageQuery } from './page.ts';
import type { Route } from './routes.ts';

const tag = 'Ingresses';
const ingress = z.object({ ingress: idSchema('ingress') });

/** Where encoders publish into rooms, with keys that stay good. */
export const ingressRoutes = {
  createIngress: {
    method: 'POST',
    path: '/v1/ingresses',
    operationId: 'createIngress',
    tag,
    summary: 'Create an ingress',
    description:
      'An encoder (OBS, GStreamer) publishes by WHIP at `url`, with the stream key as bearer token: as often as it likes, and into a ' +
      'room that is locked or has a password, too. For one time, a join token at `POST /v1/whip` does.',
    auth: { kind: 'key', scope: 'ingresses:write' },
    body: createIngressBody,
    status: 201,
    response: ingressWithKey,
    problems: ['room-not-found'],
  },
  listIngresses: {
    method: 'GET',
    path: '/v1/ingresses',
    operationId: 'listIngresses',
    tag,
    summary: 'List ingresses, newest first',
    auth: { kind: 'key', scope: 'ingresses:read' },
    query: pageQuery,
    status: 200,
    response: ingressPage,
    problems: [],
  },
  getIngress: {
    method: 'GET',
    path: '/v1/ingresses/{ingress}',
    operationId: 'getIngress',
    tag,
    summary: 'Read an ingress, and whether it publishes now',
    auth: { kind: 'key', scope: 'ingresses:read' },
    params: ingress,
    status: 200,
    response: ingressSchema,
    problems: ['ingress-not-found', 'node-unreachable'],
  },
  updateIngress: {
    method: 'PATCH',
    path: '/v1/ingresses/{ingress}',
    operationId: 'updateIngress',
    tag,
    summary: 'Rename an ingress, or disable and enable it',
    description: 'An encoder that publishes is disconnected when its ingress is disabled.',
    auth: { kind: 'key', scope: 'ingresses:write' },
    params: ingress,
    body: updateIngressBody,
    status: 200,
    response: ingressSchema,
    problems: ['ingress-not-found', 'node-unreachable'],
  },
  rotateStreamKey: {
    method: 'POST',
    path: '/v1/ingresses/{ingress}/rotate-key',
    operationId: 'rotateStreamKey',
    tag,
    summary: 'Give an ingress a new stream key',
    description:
      'The key until now is refused at once. An encoder that publishes goes on until it has to connect again.',
    auth: { kind: 'key', scope: 'ingresses:write' },
    params: ingress,
    status: 200,
    response: ingressWithKey,
    problems: ['ingress-not-found'],
  },
  deleteIngress: {
    method: 'DELETE',
    path: '/v1/ingresses/{ingress}',
    operationId: 'deleteIngress',
    tag,
    summary: 'Delete an ingress',
    description:
      'An encoder that publishes is disconnected first; when its node does not answer, the ingress stays, disabled.',
    auth: { kind: 'key', scope: 'ingresses:write' },
    params: ingress,
    status: 204,
    problems: ['ingress-not-found', 'node-unreachable'],
  },
} as const satisfies Record<string, Route>;
