import type { Call } from '@muon/contract/call.ts';
import { type GatewayHeartbeatAnswer, gatewayHeartbeatAnswer } from '@muon/contract/internal.ts';
import type { DispatchRule, Trunk } from '@muon/contract/sip.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../domain/refusal.ts';
import { World } from '../http/world.fixture.ts';
import { newGateway } from '../store/store.fixture.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});

const trunkBody = { name: 'Carrier', address: 'sip.carrier.example', numbers: ['+493012345678'] };
const createTrunk = async (more = {}) => (await world.post<Trunk>('/v1/sip/trunks', { ...trunkBody, ...more })).body;
const patch = <Body>(path: string, body: object, headers = {}) =>
  world.call<Body>(path, { method: 'PATCH', body, headers });

describe('a SIP trunk', () => {
  test('is created, changed with If-Match, listed and deleted; nobody reads its password', async () => {
    const trunk = await createTrunk({ username: 'school', password: 'carrier-secret' });
    expect(trunk).toMatchObject({ transport: 'udp', username: 'school', hasPassword: true, revision: 1 });
    const path = `/v1/sip/trunks/${trunk.id}`;
    const changed = await patch<Trunk>(path, { transport: 'tls', username: null }, { 'if-match': '"1"' });
    expect(changed.body).toMatchObject({ transport: 'tls', hasPassword: true, revision: 2 });
    expect(changed.body).not.toHaveProperty('username');
    expect((await patch(path, { name: 'x' }, { 'if-match': '"1"' })).status).toBe(412);
    expect((await patch<Trunk>(path, { password: null })).body.hasPassword).toBe(false);
    const list = (await world.call<{ data: Trunk[] }>('/v1/sip/trunks')).body.data;
    expect(list).toMatchObject([{ id: trunk.id, revision: 3 }]);
    expect(JSON.stringify([list, await world.store.trunks.all()])).not.toContain('carrier-secret');
    expect((await world.call(path, { method: 'DELETE' })).status).toBe(204);
    expect((await world.call(path)).body).toMatchObject({ code: 'trunk-not-found' });
  });

  test('that has a password is not led elsewhere without it', async () => {
    const trunk = await createTrunk({ username: 'school', password: 'carrier-secret', transport: 'tls' });
    const path = `/v1/sip/trunks/${trunk.id}`;
    const elsewhere = [
      { address: 'sip.stranger.example' },
      { address: `${trunk.address}:5071` },
      { transport: 'udp' },
      { transport: 'tcp', name: 'Carrier' },
      { username: 'stranger' },
    ];
    for (const body of elsewhere)
      expect(await patch(path, body)).toMatchObject({ status: 409, body: { code: 'trunk-password-required' } });
    expect((await world.call(path)).body).toEqual(trunk);
    // What leads nowhere else needs no password.
    const { address, transport, username } = trunk;
    expect((await patch(path, { name: 'Other', numbers: [], address, transport, username })).status).toBe(200);
    for (const body of elsewhere) {
      const { id } = await createTrunk({ username: 'school', password: 'carrier-secret', transport: 'tls' });
      const own = `/v1/sip/trunks/${id}`;
      expect(await patch(own, { ...body, password: 'other-secret' })).toMatchObject({ status: 200, body });
      expect(await patch(own, { ...body, address: 'third.example', password: null })).toMatchObject({
        status: 200,
        body: { hasPassword: false },
      });
      // Nothing is left that could go astray.
      expect((await patch(own, { address: 'fourth.example' })).status).toBe(200);
      await world.call(own, { method: 'DELETE' });
    }
  });

  test('has numbers that no other has', async () => {
    const trunk = await createTrunk();
    const taken = await world.post('/v1/sip/trunks', trunkBody);
    expect(taken).toMatchObject({ status: 409, body: { code: 'number-taken' } });
    await world.call(`/v1/sip/trunks/${trunk.id}`, { method: 'DELETE' });
    expect((await createTrunk()).numbers).toEqual(trunkBody.numbers);
  });
});

describe('a dispatch rule', () => {
  const create = async (body: object) => (await world.post<DispatchRule>('/v1/sip/dispatch-rules', body)).body;
  const explain = async (body: object) => (await world.post('/v1/sip/dispatch-rules/explain', body)).body;

  test('sends calls to its room, and says why', async () => {
    const { room } = await world.roomWithToken();
    const trunk = await createTrunk();
    const rule = await create({ room: room.name, trunk: trunk.id, dialled: ['+493012345678'], pin: '271828' });
    const call = { dialled: '493012345678' };
    expect(await explain(call)).toEqual({
      outcome: 'pin-required',
      rule: rule.id,
      trunk: trunk.id,
      considered: [{ rule: rule.id, matched: true }],
    });
    expect(await explain({ ...call, pin: '271828' })).toMatchObject({ outcome: 'room', room: { id: room.id } });
    expect(await explain({ ...call, pin: '271829' })).toMatchObject({ outcome: 'wrong-pin' });
    expect(await explain({ dialled: '+493012345679' })).toEqual({
      outcome: 'no-rule',
      considered: [{ rule: rule.id, matched: false, reason: 'trunk' }],
    });
    expect(await explain({ dialled: room.name })).toEqual({
      outcome: 'room',
      room: { id: room.id, name: room.name },
      considered: [],
    });
    await world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' });
    expect(await explain({ ...call, pin: '271828' })).toMatchObject({ outcome: 'no-rule' });
  });

  test('has a PIN of its own, also when it is changed', async () => {
    const { room } = await world.roomWithToken();
    const rule = await create({ room: room.id, pin: '271828' });
    const other = await create({ room: room.id });
    const taken = await world.post('/v1/sip/dispatch-rules', { room: room.id, pin: '271828' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'pin-taken' } });
    const path = `/v1/sip/dispatch-rules/${other.id}`;
    expect((await patch(path, { pin: '271828' })).body).toMatchObject({ code: 'pin-taken' });
    await patch(`/v1/sip/dispatch-rules/${rule.id}`, { pin: null, callers: ['+49'] });
    expect((await patch<DispatchRule>(path, { pin: '271828' })).body).toMatchObject({ pin: '271828', revision: 2 });
    expect((await world.call(`/v1/sip/dispatch-rules/${rule.id}`)).body).toMatchObject({ callers: ['+49'] });
    await world.call(path, { method: 'DELETE' });
    expect((await world.call(path)).body).toMatchObject({ code: 'dispatch-rule-not-found' });
    expect((await world.post('/v1/sip/dispatch-rules', { room: room.id, trunk: 'tr_none' })).status).toBe(404);
  });

  describe('when a telephone calls', () => {
    const dialled = '+493012345678';
    const link = (called: string, caller?: string) => {
      const body = { gateway: 'gw_sip', room: called, caller, identity: 'x', name: 'x', kind: 'sip' };
      return world.callInternal<{ room: { id: string } }>('/internal/links', body);
    };
    const notFound = { status: 404, body: { code: 'room-not-found' } };
    let room: { id: string; name: string };
    beforeEach(async () => {
      await world.registerNode('nd_1');
      await world.registerGateway('gw_sip', { service: { kind: 'sip', address: '127.0.0.1' } });
      ({ room } = await world.roomWithToken());
    });

    test('lets it in by its number; one that needs a PIN does not', async () => {
      const rule = await create({ room: room.id, dialled: [dialled], callers: ['+49'] });
      expect((await link(dialled, '+491701234567')).body.room.id).toBe(room.id);
      expect(await link(dialled, '+431701234567')).toMatchObject(notFound);
      expect(await link(dialled)).toMatchObject(notFound);
      await patch(`/v1/sip/dispatch-rules/${rule.id}`, { pin: '271828' });
      expect(await link(dialled, '+491701234567')).toMatchObject({ status: 403, body: { code: 'password-required' } });
    });

    test('takes the trunk that has the number for the trunk of the call', async () => {
      const trunk = await createTrunk();
      await createTrunk({ numbers: ['+49301'] });
      await create({ room: room.id, trunk: trunk.id });
      for (const called of [dialled, dialled.slice(1)]) expect((await link(called)).body.room.id).toBe(room.id);
      for (const called of ['+49301', '+493099', 'hall']) expect(await link(called)).toMatchObject(notFound);
      await world.call(`/v1/sip/trunks/${trunk.id}`, { method: 'DELETE' });
      expect(await link(dialled)).toMatchObject(notFound);
    });

    test('keeps its number from a room of that name, which is reached where no rule matches', async () => {
      const { room: named } = await world.roomWithToken({ name: dialled.slice(1) });
      const rule = await create({ room: room.id, dialled: [dialled], callers: ['+49'], pin: '271828' });
      expect(await link(named.name, '+49170')).toMatchObject({ status: 403, body: { code: 'password-required' } });
      await patch(`/v1/sip/dispatch-rules/${rule.id}`, { pin: null });
      expect((await link(named.name, '+49170')).body.room.id).toBe(room.id);
      expect((await link(named.name, '+43170')).body.room.id).toBe(named.id);
      await world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' });
      expect(await link(named.name, '+49170')).toMatchObject(notFound);
    });

    test('leaves names of rooms alone, and is tried for those of none', async () => {
      const { room: other } = await world.roomWithToken({ name: 'hall' });
      await create({ room: room.id });
      expect((await link('hall')).body.room.id).toBe(other.id);
      expect((await link('cellar')).body.room.id).toBe(room.id);
    });
  });
});

describe('a call out of a room', () => {
  const service = { kind: 'sip', address: '127.0.0.1' };
  const beat = async (calls: object[] = [], generation = 1) => {
    const body = { generation, egresses: [], calls };
    return (await world.callInternal<GatewayHeartbeatAnswer>('/internal/gateways/gw_sip/heartbeat', body)).body.calls;
  };
  const reserved = async () => (await world.store.gateways.get('gw_sip'))?.reserved;
  const read = async ({ id }: Call) => (await world.call<Call>(`/v1/sip/calls/${id}`)).body;

  let trunk: Trunk;
  let room: { id: string; name: string };
  beforeEach(async () => {
    await world.registerGateway('gw_sip', { service });
    trunk = await createTrunk({ username: 'school', password: 'carrier-secret' });
    ({ room } = await world.roomWithToken());
  });
  const dial = (more = {}) =>
    world.post<Call>('/v1/sip/calls', { room: room.name, trunk: trunk.id, to: '+491701234567', ...more });

  test('is given to a gateway with all that it needs, and goes as far as that tells', async () => {
    const { status, body: call } = await dial({ name: 'Guest' });
    expect(status).toBe(201);
    expect(call).toMatchObject({ status: 'starting', from: '+493012345678', identity: `sip:${call.id}` });
    const [assigned] = await beat();
    expect(assigned).toMatchObject({
      id: call.id,
      to: '+491701234567',
      room: { id: room.id },
      trunk: { address: 'sip.carrier.example', transport: 'udp', username: 'school', password: 'carrier-secret' },
    });
    await beat([{ id: call.id, status: 'ringing' }]);
    world.nowMs += 2000;
    await beat([{ id: call.id, status: 'active' }]);
    await beat([{ id: call.id, status: 'ringing' }]);
    const answeredAt = new Date(world.nowMs).toISOString();
    expect(await read(call)).toMatchObject({ status: 'active', answeredAt, revision: 3 });
    expect(await beat([{ id: call.id, status: 'ended', reason: 'the other side hung up' }])).toEqual([]);
    expect(await read(call)).toMatchObject({ status: 'ended', reason: 'the other side hung up', answeredAt });
    expect(await reserved()).toBe(0);
  });

  test('is hung up on request, once and for all', async () => {
    const { body: call } = await dial();
    for (let index = 0; index < 2; index += 1) {
      const ended = await world.call<Call>(`/v1/sip/calls/${call.id}`, { method: 'DELETE' });
      expect(ended.body).toMatchObject({ status: 'ended', reason: 'hung up on request' });
    }
    expect(await beat([{ id: call.id, status: 'active' }])).toEqual([]);
    expect((await read(call)).status).toBe('ended');
  });

  test('fails as its gateway says, and when that has started again or was lost', async () => {
    const { body: refused } = await dial();
    await beat([{ id: refused.id, status: 'failed', reason: 'This gateway cannot dial out.' }]);
    expect(await read(refused)).toMatchObject({ status: 'failed', reason: 'This gateway cannot dial out.' });

    const { body: restarted } = await dial();
    await world.registerGateway('gw_sip', { service, generation: 2 });
    expect(await read(restarted)).toMatchObject({ status: 'failed', reason: 'the gateway started again' });
    expect(await beat([], 2)).toEqual([]);

    const { body: lost } = await dial();
    world.nowMs += 10_000;
    await world.registerGateway('gw_rtmp');
    await world.callInternal('/internal/gateways/gw_rtmp/heartbeat', { generation: 1, egresses: [] });
    expect(await read(lost)).toMatchObject({ status: 'failed', reason: 'the gateway was lost' });
    expect(await reserved()).toBe(0);
  });

  test('is not rung twice: a start of its gateway fails it, however often the start is tried', async () => {
    const { body: call } = await dial();
    const { advance } = world.store.calls;
    world.store.calls.advance = () => Promise.reject(new Refusal('overloaded'));
    const restart = { ...newGateway('gw_sip', { generation: 2 }), service };
    expect((await world.callInternal('/internal/gateways', restart)).status).toBe(503);
    world.store.calls.advance = advance.bind(world.store.calls);
    expect((await world.callInternal('/internal/gateways', restart)).status).toBe(200);
    expect(await read(call)).toMatchObject({ status: 'failed', reason: 'the gateway started again' });
    expect(await beat([], 2)).toEqual([]);
  });

  test('that a gateway gets as soon as it has started again is not one of its earlier life', async () => {
    const { body: earlier } = await dial();
    const { gateways } = world.store;
    const register = gateways.register.bind(gateways);
    let call: Call;
    gateways.register = async (...given) => {
      const outcome = await register(...given);
      call = (await dial()).body;
      return outcome;
    };
    await world.registerGateway('gw_sip', { service, generation: 2 });
    expect((await read(earlier)).status).toBe('failed');
    expect(await beat([], 2)).toMatchObject([{ id: call!.id }]);
    // A start of before comes late.
    gateways.register = register;
    await world.registerGateway('gw_sip', { service, generation: 1 });
    expect(await read(call!)).toMatchObject({ status: 'starting', revision: 1 });
  });

  test('of a gateway that has come back goes on, although it was seen lost a moment ago', async () => {
    const { body: lost } = await dial();
    world.nowMs += 10_000;
    await world.registerGateway('gw_rtmp');
    const beatOther = () => world.callInternal('/internal/gateways/gw_rtmp/heartbeat', { generation: 1, egresses: [] });
    await beatOther();
    expect((await read(lost)).status).toBe('failed');
    await world.registerGateway('gw_sip', { service, generation: 2 });
    // Chosen by a function that knows better already.
    const kept = (await world.store.calls.get(lost.id))!;
    const call = { ...kept, id: 'ca_7t4x6n0bzhj5rk3w8c1v5y9m2q', status: 'starting', revision: 1 } as const;
    expect(await world.store.calls.create(call, { aliveSinceMs: world.nowMs - 1 })).toBe('created');
    await beatOther();
    expect(await beat([], 2)).toMatchObject([{ id: call.id }]);
    expect(await reserved()).toBe(1);
  });

  test('is listed, by room and by status', async () => {
    const { body: one } = await dial();
    const { body: two } = await dial();
    await world.call(`/v1/sip/calls/${two.id}`, { method: 'DELETE' });
    const list = async (query = '') =>
      (await world.call<{ data: Call[] }>(`/v1/sip/calls${query}`)).body.data.map(({ id }) => id);
    expect(new Set(await list())).toEqual(new Set([one.id, two.id]));
    expect(await list(`?room=${room.name}&status=starting`)).toEqual([one.id]);
    expect(await list('?status=ended')).toEqual([two.id]);
    expect((await world.call('/v1/sip/calls?room=nowhere')).status).toBe(404);
  });

  test('needs a room, a trunk and a gateway with a line left', async () => {
    expect((await dial({ room: 'nowhere' })).body).toMatchObject({ code: 'room-not-found' });
    expect((await dial({ trunk: 'tr_none' })).body).toMatchObject({ code: 'trunk-not-found' });
    await Promise.all([dial(), dial()]);
    expect(await dial()).toMatchObject({ status: 503, body: { code: 'no-gateway-available' } });
  });

  test('is told of by webhooks’ events, in the order in which it happened', async () => {
    const { body: call } = await dial();
    await beat([{ id: call.id, status: 'active' }]);
    await beat([{ id: call.id, status: 'ended' }]);
    const events = await world.store.outbox.pending(room.id.slice(3));
    expect(events.map(({ head }) => head.type)).toEqual(['room.created', 'call.answered', 'call.ended']);
  });

  test('ends with its room', async () => {
    const { body: call } = await dial();
    await world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' });
    expect(await read(call)).toMatchObject({ status: 'ended', reason: 'the room was deleted' });
    expect(await beat()).toEqual([]);
  });

  test('that goes on is told to its gateway without its trunk when that is deleted', async () => {
    const { body: call } = await dial();
    await beat([{ id: call.id, status: 'active' }]);
    await world.call(`/v1/sip/trunks/${trunk.id}`, { method: 'DELETE' });
    const body = { generation: 1, egresses: [], calls: [] };
    const { body: answer } = await world.callInternal('/internal/gateways/gw_sip/heartbeat', body);
    const [assigned, ...more] = gatewayHeartbeatAnswer.parse(answer).calls;
    expect(assigned).toMatchObject({ id: call.id, to: '+491701234567' });
    expect([assigned?.trunk, ...more]).toEqual([undefined]);
  });

  test('that has not begun fails when its trunk is deleted', async () => {
    const { body: call } = await dial();
    await world.call(`/v1/sip/trunks/${trunk.id}`, { method: 'DELETE' });
    expect(await beat()).toEqual([]);
    expect(await read(call)).toMatchObject({ status: 'failed', reason: 'the trunk was deleted' });
  });
});
