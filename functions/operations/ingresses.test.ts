import type { Ingress } from '@muon/contract/ingress.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { claimsOf, World } from '../http/world.fixture.ts';

let world: World;
let room: { id: string; name: string };
let ingress: Ingress & { streamKey: string };
beforeEach(async () => {
  world = await World.open();
  await world.registerNode('nd_1');
  ({ room } = await world.roomWithToken({ locked: true }));
  const body = { room: room.name, identity: 'hall', name: 'Lecture hall' };
  ingress = (await world.post<Ingress & { streamKey: string }>('/v1/ingresses', body)).body;
});

const publish = (streamKey = ingress.streamKey) => world.post('/v1/whip', 'v=0', streamKey);
const call = <Body = Ingress>(method: string, body?: object, path = '') =>
  world.call<Body>(`/v1/ingresses/${ingress.id}${path}`, { method, body });

describe('an ingress', () => {
  test('lets its encoder publish with the stream key alone, into a locked room, too, and nothing else', async () => {
    const published = await publish();
    expect(published.status).toBe(307);
    const token = new URL(published.headers.get('location')!).searchParams.get('access_token')!;
    const grants = { publish: true, subscribe: false, data: false };
    expect(claimsOf(token)).toMatchObject({
      sub: 'hall',
      name: 'Lecture hall',
      room: room.id,
      kind: 'ingress',
      grants,
    });
    for (const [path, body] of [
      ['/v1/whep', 'v=0'],
      ['/v1/join', {}],
    ] as const)
      expect(await world.post(path, body, ingress.streamKey)).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      });
    expect((await publish(`${ingress.streamKey.slice(0, -1)}!`)).status).toBe(401);
    expect((await publish(`${ingress.streamKey.slice(0, -4)}AAAA`)).status).toBe(401);
  });

  test('is refused when it is disabled, deleted, has another key, or its identity is banned', async () => {
    await call('PATCH', { enabled: false });
    expect(await publish()).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    await call('PATCH', { enabled: true });
    const { body: rotated } = await call<Ingress & { streamKey: string }>('POST', undefined, '/rotate-key');
    expect((await publish()).status).toBe(401);
    expect((await publish(rotated.streamKey)).status).toBe(307);
    await world.call(`/v1/rooms/${room.id}/participants/hall?banSeconds=60`, { method: 'DELETE' });
    expect((await publish(rotated.streamKey)).body).toMatchObject({ code: 'participant-banned' });
    expect((await call('DELETE')).status).toBe(204);
    expect((await publish(rotated.streamKey)).status).toBe(401);
    expect((await call('GET')).body).toMatchObject({ code: 'ingress-not-found' });
  });

  test('is deleted once, however many delete it at once', async () => {
    for (const enabled of [true, false]) {
      const { body } = await world.post<Ingress>('/v1/ingresses', { room: room.name, identity: `hall-${enabled}` });
      if (!enabled) await world.call(`/v1/ingresses/${body.id}`, { method: 'PATCH', body: { enabled } });
      const deletions = Array.from({ length: 5 }, () => world.call(`/v1/ingresses/${body.id}`, { method: 'DELETE' }));
      const statuses = (await Promise.all(deletions)).map(({ status }) => status);
      expect(statuses.toSorted((a, b) => a - b)).toEqual([204, 404, 404, 404, 404]);
    }
  });

  test('shows whether it publishes; who does is disconnected when it is disabled or deleted', async () => {
    await publish();
    const shown = { identity: 'hall', name: 'Lecture hall', kind: 'ingress', attributes: {}, connection: 'whip' };
    const participant = {
      ...shown,
      joinedAt: '2026-01-31T09:31:00.000Z',
      permissions: { publish: true, subscribe: false, data: false, sources: [] },
      tracks: [],
      subscriptions: [],
    };
    world.answerOfNode = ({ path }) => (path.endsWith('/participants') ? { data: [participant] } : {});
    expect((await call('GET')).body.status).toBe('publishing');
    await call('PATCH', { enabled: false });
    const body = { identity: 'hall', reason: 'the ingress was disabled', banSeconds: 0 };
    expect(world.nodeRequests.at(-1)).toMatchObject({ path: `/rooms/${room.id}/commands/removeParticipant`, body });
    await call('DELETE');
    expect(world.nodeRequests.at(-1)?.body).toMatchObject({ reason: 'the ingress was deleted' });
  });

  test('is deleted when its encoder is out, and disabled until then', async () => {
    await publish();
    const statuses: number[] = [];
    world.answerOfNode = () => undefined;
    expect(await call('DELETE')).toMatchObject({ status: 502, body: { code: 'node-unreachable' } });
    expect((await world.store.ingresses.get(ingress.id))?.enabled).toBe(false);
    world.answerOfNode = async () => {
      statuses.push((await publish()).status);
      return { data: [] };
    };
    expect((await call('DELETE')).status).toBe(204);
    expect(statuses).toEqual([401]);
    expect((await call('DELETE')).status).toBe(404);
  });

  test('leaves alone who has its identity in another way', async () => {
    world.answerOfNode = () => ({ data: [] });
    await publish();
    expect((await call('GET')).body.status).toBe('idle');
    await call('DELETE');
    expect(world.nodeRequests.filter(({ path }) => path.includes('/commands/'))).toEqual([]);
  });

  test('is changed with If-Match and listed; nobody reads its key again', async () => {
    const changed = await world.call<Ingress>(`/v1/ingresses/${ingress.id}`, {
      method: 'PATCH',
      body: { name: 'Hall 2' },
      headers: { 'if-match': '"1"' },
    });
    expect(changed.body).toMatchObject({ name: 'Hall 2', revision: 2 });
    const { data } = (await world.call<{ data: Ingress[] }>('/v1/ingresses')).body;
    expect(data).toEqual([changed.body]);
    expect(JSON.stringify([data, await world.store.ingresses.all()])).not.toContain(ingress.streamKey.slice(-20));
    expect((await world.post('/v1/ingresses', { room: 'nowhere', identity: 'x' })).status).toBe(404);
  });
});
