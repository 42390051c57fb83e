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
