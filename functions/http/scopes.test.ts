import { publicRoutes, type Route } from '@muon/contract/routes.ts';
import { scopes } from '@muon/contract/scope.ts';
import { expect, test } from 'vitest';
import { World } from './world.fixture.ts';

const keyed = Object.values<Route>(publicRoutes).flatMap(({ method, path, auth }) =>
  auth.kind === 'key' ? [{ method, path: path.replaceAll(/\{\w+\}/g, 'hall'), scope: auth.scope }] : [],
);

test('no route opens to a key that has every scope but its own, to a join token, or to anything like a key', async () => {
  const world = await World.open();
  const { token } = await world.roomWithToken();
  const others = new Map<string, string>();
  for (const scope of scopes) {
    const body = { name: 'all others', scopes: scopes.filter((each) => each !== scope) };
    others.set(scope, (await world.post<{ secret: string }>('/v1/keys', body)).body.secret);
  }
  for (const { method, path, scope } of keyed) {
    const ask = async (bearer: string | undefined) => {
      const content = method === 'GET' ? {} : { body: {} };
      const { status, body } = await world.call<{ code: string }>(path, { method, bearer, ...content });
      return [method, path, status, body.code];
    };
    const other = others.get(scope)!;
    expect(await ask(other)).toEqual([method, path, 403, 'forbidden']);
    for (const bearer of [undefined, token, 'mk_', `${other}x`, other.toUpperCase(), other.slice(0, -1)])
      expect(await ask(bearer)).toEqual([method, path, 401, 'unauthenticated']);
  }
  expect(world.errors).toEqual([]);
});

test('no cursor opens another list, another filter or another order, nor when it was tampered with', async () => {
  const world = await World.open();
  for (let count = 0; count < 3; count += 1) await world.post('/v1/rooms', {});
  const cursorOf = async (query: string): Promise<string> =>
    (await world.call<{ nextCursor: string }>(query)).body.nextCursor;
  const rooms = await cursorOf('/v1/rooms?limit=1');
  const usage = await cursorOf('/v1/usage?from=2026-01-01&limit=1');
  expect((await world.call(`/v1/rooms?cursor=${rooms}`)).status).toBe(200);
  const flipped = (rooms.startsWith('A') ? 'B' : 'A') + rooms.slice(1);
  const refused = [
    ...['', 'x', 'AAAA', flipped, rooms.slice(1), rooms.slice(0, -2), `${rooms}AAAA`, 'A'.repeat(1024), '%00'].map(
      (cursor) => `/v1/rooms?cursor=${cursor}`,
    ),
    ...['keys', 'egresses', 'webhooks', 'ingresses', 'sip/calls', 'usage'].map((list) => `/v1/${list}?cursor=${rooms}`),
    ...['from=2026-01-02', 'from=2026-01-01&by=room', 'from=2026-01-01&to=2026-01-30'].map(
      (filter) => `/v1/usage?${filter}&cursor=${usage}`,
    ),
  ];
  const answers = await Promise.all(refused.map(async (path) => [path, (await world.call(path)).status]));
  expect(answers).toEqual(refused.map((path) => [path, 400]));
});
