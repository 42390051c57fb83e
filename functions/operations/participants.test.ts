import type { ParticipantStats } from '@muon/contract/participant-stats.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../domain/refusal.ts';
import { claimsOf, World } from '../http/world.fixture.ts';

const ada: ParticipantStats = {
  identity: 'ada',
  name: 'Ada Lovelace',
  kind: 'standard',
  attributes: {},
  connection: 'webrtc',
  joinedAt: '2026-01-31T09:31:00.000Z',
  permissions: { publish: true, subscribe: true, data: true, sources: ['microphone'] },
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

const call = (method: string, path: string, body?: object) => world.call(`/v1/rooms/${room}${path}`, { method, body });
const join = (bearer = token, body = {}) => world.post<{ accessToken: string }>('/v1/join', body, bearer);

/** What the node was asked last, but for the token. */
function lastCommand(): { command: string | undefined; body: unknown } {
  const { path = '', body } = world.nodeRequests.at(-1) ?? {};
  return { command: path.split('/').at(-1), body };
}

describe('participants of a room', () => {
  test('are none while it is on no node', async () => {
    expect((await call('GET', '/participants')).body).toEqual({ data: [] });
    expect(world.nodeRequests).toEqual([]);
  });

  test('are those that its node tells of, asked with a token for that room alone', async () => {
    await join();
    world.answerOfNode = () => ({ data: [ada] });
    expect((await call('GET', '/participants')).body).toEqual({ data: [ada] });
    const { node, path, token: shown } = world.nodeRequests[0]!;
    expect([node, path]).toEqual(['nd_1', `/rooms/${room}/participants`]);
    const nowSeconds = world.nowMs / 1000;
    expect(claimsOf(shown!)).toMatchObject({ aud: 'nd_1', room, scope: 'participants:read', exp: nowSeconds + 30 });
  });

  test('are found one by one', async () => {
    await join();
    world.answerOfNode = () => ({ data: [ada] });
    expect((await call('GET', '/participants/ada')).body).toEqual(ada);
    expect(await call('GET', '/participants/bob')).toMatchObject({
      status: 404,
      body: { code: 'participant-not-found' },
    });
  });

  test.each([
    ['does not answer', undefined],
    ['answers something else', { data: [{ ...ada, identity: 7 }] }],
  ])('are not told while the node %s', async (_, answer) => {
    await join();
    world.answerOfNode = () => answer;
    const told = await call('GET', '/participants');
    expect(told).toMatchObject({ status: 502, body: { code: 'node-unreachable' } });
    expect(world.errors).toEqual([]);
  });
});

describe('a participant', () => {
  test('is changed by its node, asked with a token for commands to that room', async () => {
    await join();
    world.answerOfNode = () => ada;
    const body = { name: 'Countess', attributes: { role: 'guest' }, permissions: { publish: false } };
    expect(await call('PATCH', '/participants/ada', body)).toMatchObject({ status: 200, body: ada });
    expect(lastCommand()).toEqual({ command: 'updateParticipant', body: { identity: 'ada', ...body } });
    expect(claimsOf(world.nodeRequests[0]!.token!)).toMatchObject({ aud: 'nd_1', room, scope: 'room:command' });
  });

  test('has a track muted, unless it has no such track', async () => {
    await join();
    world.answerOfNode = () => ada;
    expect((await call('POST', '/participants/ada/mute', { trackId: 'tk_1' })).status).toBe(200);
    expect(lastCommand()).toEqual({ command: 'muteTrack', body: { identity: 'ada', trackId: 'tk_1', muted: true } });
    world.answerOfNode = () => {
      throw new Refusal('track-not-found');
    };
    expect(await call('POST', '/participants/ada/mute', { trackId: 'tk_2', muted: false })).toMatchObject({
      status: 404,
      body: { code: 'track-not-found' },
    });
  });

  test.each([
    ['PATCH', '', { name: 'Countess' }],
    ['POST', '/mute', { trackId: 'tk_1' }],
    ['DELETE', '', undefined],
  ])('is not found by %s %s while the room is on no node', async (method, path, body) => {
    const answered = await call(method, `/participants/ada${path}`, body);
    expect(answered).toMatchObject({ status: 404, body: { code: 'participant-not-found' } });
  });
});

describe('a participant that is moved', () => {
  const grants = { publish: true, subscribe: true, data: false, sources: ['camera'], updateSelf: true };
  const described = { name: 'Ada', attributes: { role: 'teacher' }, grants };
  let target: { id: string; name: string };
  beforeEach(async () => {
    await join();
    world.answerOfNode = ({ path }) => (path.endsWith('describeMovable') ? described : { data: [ada] });
    target = (await world.roomWithToken({ locked: true, password: 'secret', maxParticipants: 1 })).room;
  });

  test('gets a token with what it may do, good for the other room, locked or not', async () => {
    expect((await call('POST', '/participants/ada/move', { room: target.name })).status).toBe(204);
    const { command, body } = lastCommand();
    expect(command).toBe('moveParticipant');
    const { token: minted, ...rest } = body as { token: string };
    expect(rest).toEqual({ identity: 'ada', room: target.id });
    expect(claimsOf(minted)).toMatchObject({ room: target.id, sub: 'ada', ...described });
    expect(await join(minted)).toMatchObject({ status: 200, body: { room: { id: target.id } } });
  });

  test('stays where the other room is full, has banned it, or is not there', async () => {
    const { token: other } = (
      await world.post<{ token: string }>(`/v1/rooms/${target.id}/tokens`, {
        identity: 'bob',
        grants: { admin: true },
      })
    ).body;
    await join(other);
    const move = (to: string) => call('POST', '/participants/bob/move', { room: to });
    expect(await move(target.id)).toMatchObject({ status: 409, body: { code: 'room-full' } });
    expect(await move('nowhere')).toMatchObject({ status: 404, body: { code: 'room-not-found' } });
    await world.call(`/v1/rooms/${target.id}/participants/bob?banSeconds=60`, { method: 'DELETE' });
    expect(await move(target.id)).toMatchObject({ status: 403, body: { code: 'participant-banned' } });
    expect(world.nodeRequests.filter(({ path }) => path.endsWith('/moveParticipant'))).toEqual([]);
  });

  test('stays when its client cannot be told', async () => {
    world.answerOfNode = ({ path }) => {
      if (path.endsWith('describeMovable')) throw new Refusal('participant-not-movable');
      return { data: [] };
    };
    const moved = await call('POST', '/participants/ada/move', { room: target.id });
    expect(moved).toMatchObject({ status: 409, body: { code: 'participant-not-movable' } });
  });
});

describe('a participant that is removed', () => {
  const remove = (query = '', identity = 'ada') => call('DELETE', `/participants/${identity}${query}`);

  test('is told why, and may come back', async () => {
    await join();
    world.answerOfNode = () => ({});
    expect((await remove('?reason=enough')).status).toBe(204);
    expect(lastCommand()).toEqual({
      command: 'removeParticipant',
      body: { identity: 'ada', reason: 'enough', banSeconds: 0 },
    });
    expect((await join()).status).toBe(200);
  });

  test('for a time is refused for that time, whatever it shows, and nobody else is', async () => {
    const { accessToken: earlierToken } = (await join()).body;
    world.answerOfNode = () => ({});
    expect((await remove('?banSeconds=60')).status).toBe(204);
    expect(lastCommand().body).toEqual({ identity: 'ada', banSeconds: 60 });
    const mint = async (identity: string, grants = {}) =>
      (await world.post<{ token: string }>(`/v1/rooms/${room}/tokens`, { identity, grants })).body.token;
    for (const refused of [
      await join(),
      await join(token, { earlierToken }),
      await join(await mint('ada', { admin: true })),
    ]) {
      expect(refused).toMatchObject({ status: 403, body: { code: 'participant-banned' } });
      expect(refused.headers.get('retry-after')).toBe('60');
    }
    expect((await world.post('/v1/whip', '', token)).body).toMatchObject({ code: 'participant-banned' });
    expect((await join(await mint('bob'))).status).toBe(200);
    world.nowMs += 60_000;
    await world.registerNode('nd_1', { generation: 2 });
    expect((await join()).status).toBe(200);
  });

  test('is kept out even when it is not there, or its node does not answer', async () => {
    world.answerOfNode = () => {
      throw new Refusal('participant-not-found');
    };
    expect((await remove('?banSeconds=60', 'bob')).status).toBe(204);
    await join();
    expect((await remove('?banSeconds=60', 'carol')).status).toBe(204);
    expect((await remove('', 'carol')).body).toMatchObject({ code: 'participant-not-found' });
    world.answerOfNode = () => undefined;
    expect((await remove('?banSeconds=60')).body).toMatchObject({ code: 'node-unreachable' });
    expect((await join()).body).toMatchObject({ code: 'participant-banned' });
  });
});

describe('a message into a room', () => {
  const send = (body: object) => call('POST', '/messages', body);

  test('is handed to the node, which tells what becomes of it', async () => {
    await join();
    world.answerOfNode = () => ({ recipients: 1, missing: ['bob'] });
    const sent = await send({ topic: 'chat', data: 'hello', to: ['ada', 'bob'] });
    expect(sent).toMatchObject({ status: 200, body: { recipients: 1, missing: ['bob'] } });
    const body = { topic: 'chat', data: 'hello', encoding: 'text', to: ['ada', 'bob'], lossy: false };
    expect(lastCommand()).toEqual({ command: 'sendMessage', body });
  });

  test('reaches nobody while nobody is there', async () => {
    expect((await send({ topic: 'chat', data: 'x' })).body).toEqual({ recipients: 0, missing: [] });
    expect((await send({ topic: 'chat', data: 'x', to: ['a', 'a'] })).body).toEqual({ recipients: 0, missing: ['a'] });
  });

  test('has at most 65,536 bytes, however they are written', async () => {
    await join();
    world.answerOfNode = () => ({ recipients: 0, missing: [] });
    const status = async (data: string, encoding = 'text') => (await send({ topic: 'x', data, encoding })).status;
    expect(await status('x'.repeat(65_536))).toBe(200);
    expect(await status('x'.repeat(65_537))).toBe(413);
    expect(await status('é'.repeat(32_769))).toBe(413);
    expect(await status(Buffer.alloc(65_536).toString('base64'), 'base64')).toBe(200);
    expect(await status(Buffer.alloc(65_537).toString('base64'), 'base64')).toBe(413);
  });
});
