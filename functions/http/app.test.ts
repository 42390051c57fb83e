import { createHash } from 'node:crypto';
import type { Problem } from '@muon/contract/problem.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES } from './input.ts';
import { World } from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});

describe('a request is refused as a problem', () => {
  test('with every place that does not fit', async () => {
    const body = { name: 'Not A Name', maxParticipants: 0, unknown: true };
    const { status, headers, body: problem } = await world.post<Problem>('/v1/rooms', body);
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(problem).toMatchObject({
      type: '/problems/invalid-request',
      code: 'invalid-request',
      instance: 'request-1',
    });
    expect(problem.errors?.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['body.name', 'body.maxParticipants', 'body']),
    );
  });

  test.each([
    ['a body that is not JSON', 'POST', '/v1/rooms', '{', 400, 'invalid-request'],
    ['a body of another kind', 'POST', '/v1/rooms', '[1]', 400, 'invalid-request'],
    ['a bad query', 'GET', '/v1/rooms?limit=none', undefined, 400, 'invalid-request'],
    ['a cursor that is not ours', 'GET', '/v1/rooms?cursor=AAAA', undefined, 400, 'invalid-request'],
    ['a bad id', 'GET', '/v1/egresses/rm_1', undefined, 400, 'invalid-request'],
    ['a path that does not decode', 'GET', '/v1/rooms/%E0%A4%A', undefined, 400, 'invalid-request'],
    ['a path that is nowhere', 'GET', '/v1/nowhere', undefined, 404, 'not-found'],
    ['a path that ends too late', 'GET', '/v1/rooms/', undefined, 404, 'not-found'],
    ['a room that is nowhere', 'GET', '/v1/rooms/nowhere', undefined, 404, 'room-not-found'],
    ['an egress that is nowhere', 'GET', '/v1/egresses/eg_1', undefined, 404, 'egress-not-found'],
    ['a method that is not there', 'PUT', '/v1/rooms', '{}', 405, 'method-not-allowed'],
    ['a body that is too large', 'POST', '/v1/rooms', 'x'.repeat(MAX_BODY_BYTES + 1), 413, 'body-too-large'],
    ['attributes that are too large', 'POST', '/v1/rooms', tooMuchMetadata(), 400, 'invalid-request'],
  ])('for %s', async (_, method, path, body, status, code) => {
    const answered = await world.call<Problem>(path, { method, body });
    expect(answered).toMatchObject({ status, body: { code, status } });
  });

  test('and told which methods there are', async () => {
    expect((await world.call('/v1/rooms', { method: 'DELETE' })).headers.get('allow')).toBe('POST, GET');
  });

  test('and what failed here is logged whole and told to nobody', async () => {
    const { list } = world.store.rooms;
    world.store.rooms.list = () => Promise.reject(new Error('secret detail'));
    const { status, body } = await world.call('/v1/rooms');
    world.store.rooms.list = list;
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(world.errors.splice(0)).toMatchObject([{ err: { message: 'secret detail' }, requestId: 'request-1' }]);
  });
});

describe('an API key', () => {
  test.each([
    ['no key', undefined],
    ['another secret', `mk_test_${'y'.repeat(32)}`],
    ['another id', `mk_other_${'x'.repeat(32)}`],
    ['no key at all', 'x'],
  ])('is asked for: %s', async (_, bearer) => {
    const { status, headers, body } = await world.call('/v1/rooms', { bearer });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(body).toMatchObject({ code: 'unauthenticated' });
  });

  test('does what its scopes say', async () => {
    const reader = `mk_reader_${'r'.repeat(32)}`;
    await world.context.keyRing.ensure(reader, '2026-01-01T00:00:00.000Z');
    const key = await world.store.apiKeys.get('reader');
    await world.store.apiKeys.put({ ...key!, scopes: ['rooms:read'] });
    expect((await world.call('/v1/rooms', { bearer: reader })).status).toBe(200);
    const refused = await world.call('/v1/rooms', { method: 'POST', body: {}, bearer: reader });
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});

describe('too many requests', () => {
  test('of one API key are refused until some time has passed; another key goes on', async () => {
    const busy = await World.open({ apiRate: 1 });
    const other = `mk_second_${'s'.repeat(32)}`;
    await busy.context.keyRing.ensure(other, '2026-01-01T00:00:00.000Z');
    for (let index = 0; index < 5; index += 1) expect((await busy.call('/v1/rooms')).status).toBe(200);
    const refused = await busy.call('/v1/rooms');
    expect([refused.status, refused.headers.get('retry-after'), refused.body]).toMatchObject([
      429,
      '1',
      { code: 'rate-limited' },
    ]);
    expect((await busy.call('/v1/rooms', { bearer: other })).status).toBe(200);
    busy.nowMs += 1000;
    expect((await busy.call('/v1/rooms')).status).toBe(200);
  });

  test('with one join token are refused', async () => {
    const { token } = await world.roomWithToken();
    const codes: unknown[] = [];
    for (let index = 0; index < 21; index += 1) codes.push((await world.post('/v1/join', {}, token)).body['code']);
    expect(codes.filter((code) => code === 'rate-limited')).toHaveLength(1);
    expect((await world.post('/v1/join', {}, (await world.roomWithToken()).token)).body['code']).not.toBe(
      'rate-limited',
    );
  });
});

describe('an internal request', () => {
  const node = { generation: 1, rooms: [] };
  const path = '/internal/nodes/nd_unknown/heartbeat';

  test('that is signed is heard', async () => {
    expect(await world.callInternal(path, node)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });

  test.each([
    ['signed by somebody else', { secret: 'z'.repeat(32) }],
    ['signed too long ago', { agoSeconds: 61 }],
    ['signed in the future', { agoSeconds: -61 }],
  ])('is refused when %s', async (_, how) => {
    expect(await world.callInternal(path, node, how)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  test('is not for the public', async () => {
    expect(await world.post('/internal/nodes', {})).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

function tooMuchMetadata(): string {
  const metadata = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, 'é'.repeat(1000)]));
  return JSON.stringify({ metadata });
}

describe('a request with an idempotency key', () => {
  const create = (key: string, body: object, bearer?: string) =>
    world.call<{ id: string; name: string }>('/v1/rooms', {
      method: 'POST',
      body,
      headers: { 'idempotency-key': key },
      ...(bearer === undefined ? {} : { bearer }),
    });

  test('is done once, however many send it at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => create('many', { name: 'only-once' })));
    const created = answers.filter(({ status }) => status === 201);
    const others = answers.filter(({ status }) => status !== 201);
    expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
    expect(created.filter(({ headers }) => !headers.has('idempotency-replayed'))).toHaveLength(1);
    for (const { status, body } of others) expect([status, body]).toMatchObject([409, { code: 'request-in-flight' }]);
    expect((await create('many', { name: 'only-once' })).body).toEqual(created[0]!.body);
  });

  test('is refused when it is another request', async () => {
    await create('another', { name: 'first-request' });
    const { status, body } = await create('another', { name: 'second-request' });
    expect([status, body]).toMatchObject([422, { code: 'idempotency-key-reused' }]);
    expect((await world.call('/v1/rooms/second-request')).status).toBe(404);
  });

  test('that was refused may be sent again', async () => {
    const { body: first } = await create('a', { name: 'taken-for-now' });
    expect((await create('b', { name: 'taken-for-now' })).status).toBe(409);
    await world.call(`/v1/rooms/${first.id}`, { method: 'DELETE' });
    expect((await create('b', { name: 'taken-for-now' })).status).toBe(201);
  });

  test('is another request from the holder of another API key', async () => {
    const other = `mk_second_${'s'.repeat(32)}`;
    await world.context.keyRing.ensure(other, '2026-01-01T00:00:00.000Z');
    const one = await create('same', {});
    const two = await create('same', {}, other);
    expect(two.status).toBe(201);
    expect(two.body.id).not.toBe(one.body.id);
  });

  test('is forgotten after a day', async () => {
    const one = await create('old', {});
    world.nowMs += 86_400_000 + 1000;
    const two = await create('old', {});
    expect(two.status).toBe(201);
    expect(two.body.id).not.toBe(one.body.id);
  });

  test('may be tried again a minute after its first try ended without a word', async () => {
    const { complete, release } = world.store.once;
    const lost = () => Promise.reject(new Error('the function ended'));
    Object.assign(world.store.once, { complete: lost, release: lost });
    expect((await create('lost', {})).status).toBe(500);
    Object.assign(world.store.once, { complete, release });
    world.errors.splice(0);
    expect((await create('lost', {})).body).toMatchObject({ code: 'request-in-flight' });
    world.nowMs += 61_000;
    expect((await create('lost', {})).status).toBe(201);
  });

  test('keeps its answer unreadable', async () => {
    const { body } = await create('sealed', { name: 'a-sealed-room' });
    const kept = await world.store.once.begin(
      {
        id: createHash('sha256')
          .update(JSON.stringify(['test', 'sealed']))
          .digest('base64url'),
        fingerprint: '',
      },
      'seed',
      world.nowMs,
    );
    expect(kept).toMatchObject({ answer: expect.any(String) as string });
    expect(JSON.stringify(kept)).not.toContain(body.id);
  });

  test.each(['', 'two words', 'x'.repeat(256)])('is refused when the key is %j', async (key) => {
    expect(await create(key, {})).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });
});
