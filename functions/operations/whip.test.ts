import { beforeEach, expect, test } from 'vitest';
import { claimsOf, World } from '../http/world.fixture.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.registerNode('nd_1', { url: 'wss://media.example.com/ws' });
});

test('a WHIP client with a join token is led to the node of the room, with a token of its own', async () => {
  const { room, token } = await world.roomWithToken();
  const { status, headers, body } = await world.post('/v1/whip', 'v=0\r\n', token);
  expect(status).toBe(307);
  expect(body).toBeUndefined();
  const location = new URL(headers.get('location')!);
  expect(location.origin + location.pathname).toBe('https://media.example.com/whip');
  expect(claimsOf(location.searchParams.get('access_token')!)).toMatchObject({
    sub: 'ada',
    room: room.id,
    aud: 'nd_1',
    kind: 'ingress',
    grants: { publish: true },
  });
});

test('a WHEP player is led there too, with whom it wants to see', async () => {
  const { token } = await world.roomWithToken();
  const { status, headers } = await world.post('/v1/whep?participant=bob', 'v=0\r\n', token);
  expect(status).toBe(307);
  const location = new URL(headers.get('location')!);
  expect(location.pathname).toBe('/whep');
  expect(location.searchParams.get('participant')).toBe('bob');
  expect(claimsOf(location.searchParams.get('access_token')!)).toMatchObject({ sub: 'ada', kind: 'standard' });
});

test('one that may not publish, or has no token, is refused', async () => {
  const { room } = await world.roomWithToken();
  for (const grants of [{ publish: false }, { hidden: true }]) {
    const body = { identity: 'bob', grants };
    const { token } = (await world.post<{ token: string }>(`/v1/rooms/${room.id}/tokens`, body)).body;
    expect(await world.post('/v1/whip', 'v=0\r\n', token)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  }
  expect(await world.post('/v1/whip', 'v=0\r\n', 'x')).toMatchObject({ status: 401 });
});
