import type { Key } from '@muon/contract/key.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { API_KEY, World } from '../http/world.fixture.ts';

type KeyWithSecret = Key & { secret: string };

let world: World;
beforeEach(async () => {
  world = await World.open();
});

async function createKey(scopes: string[], bearer = API_KEY): Promise<KeyWithSecret> {
  const { status, body } = await world.post<KeyWithSecret>('/v1/keys', { name: 'a key', scopes }, bearer);
  expect(status).toBe(201);
  return body;
}

const rooms = (bearer: string) => world.call('/v1/rooms', { bearer });

describe('an API key', () => {
  test('opens what its scopes say, and shows its secret once', async () => {
    const { secret, ...key } = await createKey(['rooms:read']);
    expect((await rooms(secret)).status).toBe(200);
    expect((await world.post('/v1/rooms', {}, secret)).body).toMatchObject({ code: 'forbidden' });
    const { body } = await world.call(`/v1/keys/${key.id}`);
    expect(body).toEqual({ ...key, lastUsedAt: new Date(world.nowMs).toISOString() });
    expect(JSON.stringify((await world.call('/v1/keys')).body)).not.toContain(secret);
  });

  test('makes none that may do more than it may itself', async () => {
    const { secret } = await createKey(['keys:write', 'rooms:read']);
    const wider = { name: 'more', scopes: ['rooms:read', 'rooms:write'] };
    expect((await world.post('/v1/keys', wider, secret)).body).toMatchObject({ code: 'forbidden' });
    const own = await createKey(['rooms:read'], secret);
    const change = { method: 'PATCH', body: { scopes: ['rooms:write'] }, bearer: secret };
    expect((await world.call(`/v1/keys/${own.id}`, change)).body).toMatchObject({ code: 'forbidden' });
  });

  test('that is revoked is refused', async () => {
    const { id, secret } = await createKey(['rooms:read']);
    expect((await rooms(secret)).status).toBe(200);
    expect((await world.call(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await rooms(secret)).status).toBe(401);
    const again = await world.call(`/v1/keys/${id}`, { method: 'DELETE' });
    expect(again.body).toMatchObject({ code: 'key-not-found' });
  });

  test('that is rotated works on for its grace and not longer', async () => {
    const { id, secret: first } = await createKey(['rooms:read']);
    const { body } = await world.post<KeyWithSecret>(`/v1/keys/${id}/rotate`, { graceSeconds: 60 });
    expect([body.id, body.revision]).toEqual([id, 2]);
    expect((await rooms(first)).status).toBe(200);
    expect((await rooms(body.secret)).status).toBe(200);
    world.nowMs += 59_000;
    expect((await rooms(first)).status).toBe(200);
    world.nowMs += 1000;
    expect((await rooms(first)).status).toBe(401);
    expect((await rooms(body.secret)).status).toBe(200);
  });

  test('is not rotated by a key that lacks one of its scopes, who would have its secret then', async () => {
    const strong = await createKey(['keys:read', 'rooms:write']);
    const weak = await createKey(['keys:read', 'keys:write']);
    const path = `/v1/keys/${strong.id}/rotate`;
    const refused = await world.post<{ code: string }>(path, { graceSeconds: 60 }, weak.secret);
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    expect((await world.call('/v1/keys', { bearer: strong.secret })).status).toBe(200);
    const own = await world.post<KeyWithSecret>(`/v1/keys/${weak.id}/rotate`, {}, weak.secret);
    expect(own.status).toBe(200);
  });

  test('that is rotated without grace is refused at once', async () => {
    const { id, secret } = await createKey(['rooms:read']);
    await rooms(secret);
    await world.post(`/v1/keys/${id}/rotate`);
    expect((await rooms(secret)).status).toBe(401);
  });

  test('tells to the minute when it was used last', async () => {
    const { id, secret } = await createKey(['rooms:read']);
    const lastUsedAt = async () => (await world.call<Key>(`/v1/keys/${id}`)).body.lastUsedAt;
    expect(await lastUsedAt()).toBeUndefined();
    await rooms(secret);
    const first = await lastUsedAt();
    world.nowMs += 50_000;
    await rooms(secret);
    expect(await lastUsedAt()).toBe(first);
    world.nowMs += 60_000;
    await rooms(secret);
    expect(await lastUsedAt()).toBe(new Date(world.nowMs).toISOString());
  });
});

describe('a change with If-Match', () => {
  test('is done to what was seen alone', async () => {
    const { id } = await createKey(['rooms:read']);
    const { headers } = await world.call(`/v1/keys/${id}`);
    const etag = headers.get('etag')!;
    const change = (name: string) =>
      world.call(`/v1/keys/${id}`, { method: 'PATCH', body: { name }, headers: { 'if-match': etag } });
    const [one, two] = await Promise.all([change('one'), change('two')]);
    expect(new Set([one.status, two.status])).toEqual(new Set([200, 412]));
    expect((await change('three')).body).toMatchObject({ code: 'precondition-failed' });
    expect((await world.call(`/v1/keys/${id}`)).headers.get('etag')).toBe('"2"');
  });

  test.each(['1', 'W/"1"', '"x"'])('is refused when it is %j', async (etag) => {
    const { id } = await createKey(['rooms:read']);
    const call = { method: 'PATCH', body: {}, headers: { 'if-match': etag } };
    expect((await world.call(`/v1/keys/${id}`, call)).body).toMatchObject({ code: 'invalid-request' });
  });
});
