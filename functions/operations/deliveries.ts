import { idPrefixes } from '@muon/contract/id.ts';
import type { DeliveryResource } from '@muon/contract/webhook.ts';
import type { Delivery } from '../domain/delivery.ts';
import { orderAfter, toTail } from '../domain/event.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Context, timestampOf } from './context.ts';
import type { Operations } from './operation.ts';
import { newId } from './random.ts';
import { findWebhook } from './webhooks.ts';

const PREFIX = `${idPrefixes.delivery}_`;

export const listDeliveries: Operations['listDeliveries'] = async (context, { params, query }) => {
  const { store, cursors } = context;
  await findWebhook(context, params.webhook);
  const list = `listDeliveries ${params.webhook}`;
  const after = query.cursor === undefined ? undefined : cursors.open(list, query.cursor);
  const { items, next } = await store.deliveries.list(params.webhook, { limit: query.limit, after });
  return { data: items.map(toResource), ...(next ? { nextCursor: cursors.seal(list, next) } : {}) };
};

export const getDelivery: Operations['getDelivery'] = async (context, { params }) =>
  toResource(await findDelivery(context, params));

export const redeliver: Operations['redeliver'] = async (context, { params }) => {
  await findWebhook(context, params.webhook);
  const before = await findDelivery(context, params);
  const delivery: Delivery = {
    ...newDelivery(context, params.webhook),
    event: before.event,
    body: before.body,
    redeliveryOf: toTail(before),
  };
  await context.store.deliveries.enqueue(delivery);
  return toResource(delivery);
};

export const testWebhook: Operations['testWebhook'] = async (context, { params }) => {
  const webhook = await findWebhook(context, params.webhook);
  const place = newDelivery(context, webhook.id);
  const event = {
    id: `${idPrefixes.event}_${toTail(place)}`,
    type: 'webhook.test',
    createdAt: place.createdAt,
  } as const;
  const body = JSON.stringify({ ...event, data: { message: `This is a test of ${webhook.id}.` } });
  const delivery: Delivery = { ...place, event, body };
  await context.store.deliveries.enqueue(delivery);
  return toResource(delivery);
};

/** One that waits for no other. */
function newDelivery({ random, clock }: Context, webhookId: string) {
  const line = newId('delivery', random).slice(PREFIX.length);
  // The line is for it alone; and a second try, which makes the same line, is to make the same delivery.
  const order = orderAfter(undefined, 0);
  return { webhookId, line, order, status: 'pending', attempts: [], createdAt: timestampOf(clock) } as const;
}

async function findDelivery(
  { store }: Context,
  params: { readonly webhook: string; readonly delivery: string },
): Promise<Delivery> {
  const delivery = await store.deliveries.get(params.webhook, params.delivery.slice(PREFIX.length));
  if (delivery) return delivery;
  throw new Refusal('delivery-not-found', `${params.webhook} has no delivery ${params.delivery}.`);
}

function toResource(delivery: Delivery): DeliveryResource {
  const { event, status, attempts, nextAttemptAt, redeliveryOf, createdAt, endedAt } = delivery;
  const { room, ...head } = event;
  return {
    id: PREFIX + toTail(delivery),
    event: { ...head, ...(room ? { room: { ...room } } : {}) },
    status,
    attempts: attempts.map(({ at, durationMs, statusCode, error }) => ({
      at,
      durationMs,
      ...(statusCode === undefined ? {} : { statusCode }),
      ...(error === undefined ? {} : { error }),
    })),
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    ...(redeliveryOf === undefined ? {} : { redeliveryOf: PREFIX + redeliveryOf }),
    createdAt,
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}
