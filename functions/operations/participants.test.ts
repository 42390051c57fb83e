import type { ParticipantStats } from '@muon/contract/participant-stats.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { claimsOf, World } from '../http/world.fixture.ts';

const ada: ParticipantStats = {
  identity: 'ada',
  name: 'Ada Lovelace',
  kind: 'standard',
  attributes: {},
  connection: 'webrtc',
  joinedAt: '2026-01-31T09:31:00.000Z',
  tracks: [],
  subscriptions: [],
};

let world: World;
let room: string;
let token: string;
beforeEach(async () => {
  world = await World.open();
  await world.registerNode('nd_1');
  const made = await world.roomWithToken();
  room = made.room.id;
  token = made.token;
});

describe('participants of a room', () => {
  test('are none while it is on no node', async () => {
    expect((await world.call(`/v1/rooms/${room}/participants`)).body).toEqual({ data: [] });
    expect(world.nodeRequests).toEqual([]);
  });

  test('are those that its node tells of, asked with a token for that room alone', async () => {
    await world.post('/v1/join', {}, token);
    world.nodeAnswer = { data: [ada] };
    expect((await world.call(`/v1/rooms/${room}/participants`)).body).toEqual({ data: [ada] });
    const [node, path, shown] = world.nodeRequests[0]!.split(' ');
    expect([node, path]).toEqual(['nd_1', `/rooms/${room}/participants`]);
    const nowSeconds = world.nowMs / 1000;
    expect(claimsOf(shown!)).toMatchObject({ aud: 'nd_1', room, scope: 'participants:read', exp: nowSeconds + 30 });
  });

  test('are found one by one', async () => {
    await world.post('/v1/join', {}, token);
    world.nodeAnswer = { data: [ada] };
    expect((await world.call(`/v1/rooms/${room}/participants/ada`)).body).toEqual(ada);
    const missing = await world.call(`/v1/rooms/${room}/participants/bob`);
    expect(missing).toMatchObject({ status: 404, body: { code: 'participant-not-found' } });
  });

  test.each([
    ['does not answer', undefined],
    ['answers something else', { data: [{ ...ada, identity: 7 }] }],
  ])('are not told while the node %s', async (_, answer) => {
    await world.post('/v1/join', {}, token);
    world.nodeAnswer = answer;
    const told = await world.call(`/v1/rooms/${room}/participants`);
    expect(told).toMatchObject({ status: 502, body: { code: 'node-unreachable' } });
    expect(world.errors).toEqual([]);
  });
});
