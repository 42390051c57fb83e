import { createHmac } from 'node:crypto';
import type { Joined } from '@muon/contract/join.ts';
import { expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';

type IceServer = Joined['iceServers'][number];

test('credentials are what coturn makes of the secret, and last as long as was asked', async () => {
  const world = await World.open();
  const { body } = await world.post<{ iceServers: IceServer[]; expiresAt: string }>('/v1/turn-credentials', {
    ttlSeconds: 600,
  });
  const [server] = body.iceServers;
  expect(server!.urls).toEqual(['turn:turn.example.com:3478']);
  expect(Number(server!.username!.split(':')[0])).toBe(world.nowMs / 1000 + 600);
  expect(server!.credential).toBe(createHmac('sha1', 'turn secret').update(server!.username!).digest('base64'));
  expect(body.expiresAt).toBe(new Date(world.nowMs + 600_000).toISOString());
});

test('whoever joins gets some, and their name is not in them', async () => {
  const world = await World.open();
  await world.registerNode('nd_1');
  const { token } = await world.roomWithToken();
  const { body } = await world.post<Joined>('/v1/join', {}, token);
  expect(body.iceServers).toHaveLength(1);
  expect(JSON.stringify(body.iceServers)).not.toContain('ada');
});
