import { eventTypes, type EventPattern, isNamedBy } from '@muon/contract/event.ts';
import type { Webhook as WebhookResource } from '@muon/contract/webhook.ts';
import type { ApiKey } from '../domain/api-key.ts';
import { scopeFor } from '../domain/event.ts';
import { readAgain } from '../domain/read-again.ts';
import { Refusal } from '../domain/refusal.ts';
import { MAX_WEBHOOKS, type Webhook, type WebhookChange } from '../domain/webhook.ts';
import { type Context, timestampOf } from './context.ts';
import type { Operations } from './operation.ts';
import { newId } from './random.ts';
import { checkRevision } from './revision.ts';
import { newWebhookSecret, openSecret, sealSecret } from './webhook-secret.ts';

export const createWebhook: Operations['createWebhook'] = async (context, { body, key: caller }) => {
  const { store, random, clock } = context;
  checkScopes(caller, body.events);
  const url = checkUrl(context, body.url);
  if ((await store.webhooks.all()).length >= MAX_WEBHOOKS)
    throw new Refusal('too-many-webhooks', `There are ${MAX_WEBHOOKS} already.`);
  const id = newId('webhook', random);
  const secret = newWebhookSecret(random);
  const createdAt = timestampOf(clock);
  const webhook: Webhook = { id, ...body, url, secret: sealSecret(context, id, secret), createdAt, revision: 1 };
  const outcome = await store.webhooks.create(webhook);
  return { ...toResource(outcome === 'exists' ? await findWebhook(context, id) : webhook), secret };
};

export const listWebhooks: Operations['listWebhooks'] = async ({ store, cursors }, { query }) => {
  const after = query.cursor === undefined ? undefined : cursors.open('listWebhooks', query.cursor);
  const { items, next } = await store.webhooks.list({ limit: query.limit, after });
  return { data: items.map(toResource), ...(next ? { nextCursor: cursors.seal('listWebhooks', next) } : {}) };
};

export const getWebhook: Operations['getWebhook'] = async (context, { params }) =>
  toResource(await findWebhook(context, params.webhook));

export const updateWebhook: Operations['updateWebhook'] = async (context, { params, body, key: caller, ifMatch }) => {
  checkScopes(caller, body.events ?? []);
  const url = body.url === undefined ? undefined : checkUrl(context, body.url);
  const webhook = await change(context, params.webhook, ifMatch, (before) => {
    // Whoever says where it leads hears all that it tells.
    if (url !== undefined && url !== before.url) checkScopes(caller, body.events ?? before.events);
    return {
      ...before,
      ...(url === undefined ? {} : { url }),
      ...(body.events === undefined ? {} : { events: body.events }),
      ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
      // Whoever enables it again gives it as long as a new one to succeed.
      ...(body.enabled === true ? { disabledReason: undefined, failingSinceMs: undefined } : {}),
    };
  });
  return toResource(webhook);
};

export const deleteWebhook: Operations['deleteWebhook'] = async ({ store }, { params }) => {
  if ((await store.webhooks.delete(params.webhook)) === 'unknown') throw new Refusal('webhook-not-found');
};

export const rotateWebhookSecret: Operations['rotateWebhookSecret'] = async (context, { params, body }) => {
  const secret = newWebhookSecret(context.random);
  const sealed = sealSecret(context, params.webhook, secret);
  const untilMs = context.clock() + body.graceSeconds * 1000;
  const webhook = await change(context, params.webhook, undefined, (before) => {
    // Rotated already, by a first try that was done after all.
    if (openSecret(context, before.id, before.secret) === secret) return before;
    return { ...before, secret: sealed, previous: { secret: before.secret, untilMs } };
  });
  return { ...toResource(webhook), secret };
};

/** @throws Refusal `webhook-not-found` */
export async function findWebhook({ store }: Context, id: string): Promise<Webhook> {
  const webhook = await store.webhooks.get(id);
  if (webhook) return webhook;
  throw new Refusal('webhook-not-found', `There is no webhook ${id}.`);
}

/** A webhook tells what its maker may read, and nothing more. */
function checkScopes(caller: ApiKey, patterns: readonly EventPattern[]): void {
  const told = eventTypes.filter((type) => patterns.some((pattern) => isNamedBy(type, pattern)));
  const needed = new Set(told.map(scopeFor).filter((scope) => scope !== undefined));
  const lacking = [...needed].filter((scope) => !caller.scopes.includes(scope));
  if (lacking.length > 0) throw new Refusal('forbidden', `Your key lacks ${lacking.join(', ')} for these events.`);
}

/** The address as it will be used. */
function checkUrl({ checkTarget }: Context, text: string): string {
  const url = new URL(text).href;
  const message = checkTarget(url);
  if (message === undefined) return url;
  throw new Refusal('invalid-request', undefined, { errors: [{ path: 'body.url', message }] });
}

async function change(
  context: Context,
  id: string,
  ifMatch: number | undefined,
  toChange: (webhook: Webhook) => WebhookChange,
): Promise<Webhook> {
  return readAgain(async () => {
    const webhook = await findWebhook(context, id);
    checkRevision(webhook, ifMatch);
    const changed = toChange(webhook);
    if ((await context.store.webhooks.update(webhook, changed)) === 'changed') return undefined;
    return { ...webhook, ...changed, revision: webhook.revision + 1 };
  });
}

function toResource(webhook: Webhook): WebhookResource {
  const { id, url, events, enabled, disabledReason, failingSinceMs, createdAt, revision } = webhook;
  return {
    id,
    url,
    events: [...events],
    enabled,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    ...(failingSinceMs === undefined ? {} : { failingSince: new Date(failingSinceMs).toISOString() }),
    createdAt,
    revision,
  };
}
