import type { EventPattern } from '@muon/contract/event.ts';
import type { DeliveryResource, Webhook } from '@muon/contract/webhook.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { API_KEY, World } from '../http/world.fixture.ts';
import { MAX_WEBHOOKS } from '../domain/webhook.ts';

type WithSecret = Webhook & { secret: string };

let world: World;
beforeEach(async () => {
  world = await World.open();
});

const url = 'https://example.com/events';

async function createWebhook(events: EventPattern[] = ['*']): Promise<WithSecret> {
  const { status, body } = await world.post<WithSecret>('/v1/webhooks', { url, events });
  expect(status).toBe(201);
  return body;
}

describe('a webhook', () => {
  test('shows its secret once, as Standard Webhooks writes it', async () => {
    const { secret, ...webhook } = await createWebhook();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { body, headers } = await world.call(`/v1/webhooks/${webhook.id}`);
    expect(body).toEqual(webhook);
    expect(headers.get('etag')).toBe('"1"');
    expect(JSON.stringify((await world.call('/v1/webhooks')).body)).not.toContain('whsec_');
    expect(JSON.stringify(await world.store.webhooks.all())).not.toContain(secret.slice(6));
  });

  test('is changed with If-Match, and deleted', async () => {
    const { id } = await createWebhook();
    const path = `/v1/webhooks/${id}`;
    const change = (body: object, etag: string) =>
      world.call<Webhook>(path, { method: 'PATCH', body, headers: { 'if-match': etag } });
    const { body } = await change({ enabled: false, events: ['room.created'] }, '"1"');
    expect(body).toMatchObject({ enabled: false, events: ['room.created'], url, revision: 2 });
    expect((await change({ enabled: true }, '"1"')).body).toMatchObject({ code: 'precondition-failed' });
    expect((await world.call(path, { method: 'DELETE' })).status).toBe(204);
    expect((await world.call(path, { method: 'DELETE' })).body).toMatchObject({ code: 'webhook-not-found' });
    expect((await world.call(path)).body).toMatchObject({ code: 'webhook-not-found' });
  });

  test('tells nothing that its maker may not read', async () => {
    const scopes = ['webhooks:write', 'rooms:read'];
    const { body } = await world.post<{ secret: string }>('/v1/keys', { name: 'narrow', scopes });
    const create = (events: string[]) => world.post('/v1/webhooks', { url, events }, body.secret);
    expect((await create(['room.*'])).status).toBe(201);
    for (const events of [['*'], ['room.created', 'egress.failed'], ['egress.*']])
      expect((await create(events)).body).toMatchObject({ code: 'forbidden' });
    const { id } = await createWebhook(['room.created']);
    const change = { method: 'PATCH', body: { events: ['egress.*'] }, bearer: body.secret };
    expect((await world.call(`/v1/webhooks/${id}`, change)).body).toMatchObject({ code: 'forbidden' });
  });

  test('leads elsewhere only by order of who may read all that it tells', async () => {
    const { id } = await createWebhook(['room.created', 'egress.*']);
    const scopes = ['webhooks:write', 'rooms:read'];
    const { body: narrow } = await world.post<{ secret: string }>('/v1/keys', { name: 'narrow', scopes });
    const change = (body: object, bearer?: string) =>
      world.call(`/v1/webhooks/${id}`, { method: 'PATCH', body, ...(bearer === undefined ? {} : { bearer }) });
    const elsewhere = { url: 'https://elsewhere.example.com/' };
    expect((await change(elsewhere, narrow.secret)).body).toMatchObject({ code: 'forbidden' });
    expect((await world.call(`/v1/webhooks/${id}`)).body).toMatchObject({ url, revision: 1 });
    // It may be switched off, and lead anywhere with what its changer may read.
    expect((await change({ enabled: false }, narrow.secret)).status).toBe(200);
    expect((await change({ ...elsewhere, events: ['room.created'] }, narrow.secret)).status).toBe(200);
    expect((await change({ ...elsewhere, events: ['egress.*'] })).status).toBe(200);
  });

  test.each([
    'http://example.com/',
    'http://10.0.0.1/',
    'https://10.0.0.1/',
    'https://[fd00::1]/',
    'https://169.254.169.254/latest',
    'https://0x7f.1.0.0.0.0/',
    'https://user:password@example.com/',
    'https://example.com/#part',
    'ftp://example.com/',
    'https://',
    'https://exa mple.com/',
  ])('is refused at %s', async (bad) => {
    expect((await world.post('/v1/webhooks', { url: bad, events: ['*'] })).body).toMatchObject({
      code: 'invalid-request',
      errors: expect.arrayContaining([expect.objectContaining({ path: 'body.url' })]),
    });
    const { id } = await createWebhook();
    expect((await world.call(`/v1/webhooks/${id}`, { method: 'PATCH', body: { url: bad } })).status).toBe(400);
  });

  test('is refused when there are as many as there may be', async () => {
    for (let index = 0; index < MAX_WEBHOOKS; index += 1) await createWebhook();
    expect((await world.post('/v1/webhooks', { url, events: ['*'] })).body).toMatchObject({
      code: 'too-many-webhooks',
    });
  });

  test('that is rotated has another secret', async () => {
    const { id, secret } = await createWebhook();
    const { body } = await world.post<WithSecret>(`/v1/webhooks/${id}/rotate-secret`);
    expect(body).toMatchObject({ id, revision: 2 });
    expect(body.secret).not.toBe(secret);
  });
});

test('a test, repeated with the same idempotency key, is one delivery', async () => {
  const { id } = await createWebhook(['room.created']);
  const headers = { 'idempotency-key': 'once' };
  const post = () =>
    world.call<DeliveryResource>(`/v1/webhooks/${id}/test`, { method: 'POST', bearer: API_KEY, headers });
  const [first, second] = [await post(), await post()];
  expect(first.body).toMatchObject({ status: 'pending', event: { type: 'webhook.test' }, attempts: [] });
  expect(second.body).toEqual(first.body);
  expect((await world.call(`/v1/webhooks/${id}/deliveries`)).body).toEqual({ data: [first.body] });
  expect((await world.call(`/v1/webhooks/${id}/deliveries/${first.body.id}`)).body).toEqual(first.body);
});

test('a delivery is found at its own webhook alone', async () => {
  const [one, two] = [await createWebhook(), await createWebhook()];
  const { body } = await world.post<DeliveryResource>(`/v1/webhooks/${one.id}/test`);
  for (const path of [`${two.id}/deliveries/${body.id}`, `${one.id}/deliveries/dl_none`, `${one.id}/deliveries/dl_a-1`])
    expect((await world.call(`/v1/webhooks/${path}`)).body).toMatchObject({ code: 'delivery-not-found' });
  const redelivered = await world.post(`/v1/webhooks/${two.id}/deliveries/${body.id}/redeliver`);
  expect(redelivered.body).toMatchObject({ code: 'delivery-not-found' });
});
