import type { Joined } from '@muon/contract/join.ts';
import type { Room } from '@muon/contract/room.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { World } from '../http/world.fixture.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.registerNode('nd_1');
});

const join = (token: string, body: object = {}) => world.post<Joined>('/v1/join', body, token);
const patch = (room: { id: string }, body: object) =>
  world.call<Room>(`/v1/rooms/${room.id}`, { method: 'PATCH', body });

async function mint(room: { id: string }, identity: string, grants: object = {}): Promise<string> {
  return (await world.post<{ token: string }>(`/v1/rooms/${room.id}/tokens`, { identity, grants })).body.token;
}

describe('a locked room', () => {
  test('takes nobody new but its admins', async () => {
    const { room, token } = await world.roomWithToken({ locked: true });
    expect(await join(token)).toMatchObject({ status: 403, body: { code: 'room-locked' } });
    expect((await join(await mint(room, 'teacher', { admin: true }))).status).toBe(200);
    await patch(room, { locked: false });
    expect((await join(token)).status).toBe(200);
  });

  test('takes back who was in, and nobody else in their name or from another room', async () => {
    const { room, token } = await world.roomWithToken();
    const { accessToken: earlierToken } = (await join(token)).body;
    const elsewhere = (await join((await world.roomWithToken()).token)).body.accessToken;
    await patch(room, { locked: true });
    world.nowMs += 3_000_000;
    await world.registerNode('nd_1', { generation: 2 });
    expect((await join(token, { earlierToken })).status).toBe(200);
    expect((await join(await mint(room, 'bob'), { earlierToken })).status).toBe(403);
    expect((await join(token, { earlierToken: elsewhere })).status).toBe(403);
    expect((await join(token, { earlierToken: token })).status).toBe(403);
    expect((await join(token, { earlierToken: 'x' })).status).toBe(403);
  });

  test('takes no calls, and goes on with its broadcasts', async () => {
    await world.registerGateway('gw_sip', { service: { kind: 'sip', address: '127.0.0.1' } });
    const { room } = await world.roomWithToken({ locked: true });
    const link = (kind: string) =>
      world.callInternal('/internal/links', { gateway: 'gw_sip', room: room.id, identity: 'x', name: 'x', kind });
    expect(await link('sip')).toMatchObject({ status: 403, body: { code: 'room-locked' } });
    expect((await link('egress')).status).toBe(200);
  });
});

describe('a room with a password', () => {
  test('asks for it', async () => {
    const { room, token } = await world.roomWithToken({ password: 'pythagoras' });
    expect(await join(token)).toMatchObject({ status: 403, body: { code: 'password-required' } });
    expect(await join(token, { password: 'Pythagoras' })).toMatchObject({ body: { code: 'password-required' } });
    expect((await join(token, { password: 'pythagoras' })).status).toBe(200);
    expect((await join(await mint(room, 'teacher', { admin: true }))).status).toBe(200);
  });

  test('has it changed and taken away, and never shows it', async () => {
    const { room, token } = await world.roomWithToken({ password: 'pythagoras' });
    const { body } = await patch(room, { password: 'euclid' });
    expect(body.passwordProtected).toBe(true);
    expect(JSON.stringify(await world.store.rooms.get(room.id))).not.toContain('euclid');
    expect((await join(token, { password: 'pythagoras' })).status).toBe(403);
    expect((await join(token, { password: 'euclid' })).status).toBe(200);
    expect((await patch(room, { metadata: { course: 'geometry' } })).body.passwordProtected).toBe(true);
    expect((await patch(room, { password: null })).body.passwordProtected).toBe(false);
    expect((await join(token)).status).toBe(200);
  });
});

describe('a change of a room', () => {
  test('changes what it names and nothing else', async () => {
    const { body: before } = await world.post<Room>('/v1/rooms', { metadata: { a: '1' }, maxParticipants: 7 });
    const { body: after } = await patch(before, { metadata: { b: '2' } });
    expect(after).toEqual({ ...before, metadata: { b: '2' }, revision: 2 });
    expect((await world.call(`/v1/rooms/${before.name}`)).body).toEqual(after);
  });

  test('is lost by nobody, however many change it at once', async () => {
    const { body: room } = await world.post<Room>('/v1/rooms', {});
    const sizes = Array.from({ length: 30 }, (_, index) => index + 1);
    const answers = await Promise.all(sizes.map((maxParticipants) => patch(room, { maxParticipants })));
    expect(new Set(answers.map(({ body }) => body.revision))).toEqual(new Set(sizes.map((size) => size + 1)));
  });

  test('with If-Match is done by one of those who have seen the same', async () => {
    const { body: room } = await world.post<Room>('/v1/rooms', {});
    const call = { method: 'PATCH', body: { locked: true }, headers: { 'if-match': '"1"' } };
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.call(`/v1/rooms/${room.id}`, call)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
  });
});

test('a room of a region is held by nodes there alone', async () => {
  const { token } = await world.roomWithToken({ region: 'mars' });
  expect((await join(token)).body).toMatchObject({ code: 'no-node-available' });
  await world.registerNode('nd_mars', { region: 'mars' });
  world.nowMs += 1000;
  expect((await join(token)).body.node).toEqual({ id: 'nd_mars', region: 'mars' });
});
