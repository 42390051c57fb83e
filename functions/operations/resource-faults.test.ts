import type { Call } from '@muon/contract/call.ts';
import type { Egress } from '@muon/contract/egress.ts';
import type { Ingress } from '@muon/contract/ingress.ts';
import type { GatewayHeartbeatAnswer } from '@muon/contract/internal.ts';
import { answerOfNode } from '@muon/test/contract/stage.ts';
import { describe, expect, test } from 'vitest';
import type { World } from '../http/world.fixture.ts';
import { newGateway } from '../store/store.fixture.ts';
import { openTroubled, persistWithin, until } from './faults.fixture.ts';

const sip = { kind: 'sip', address: '127.0.0.1' } as const;

/** A control plane with a gateway of each kind, a room, a trunk, and a webhook that wants to hear everything. */
async function openStage(seed: number) {
  const { world, trouble } = await openTroubled(seed);
  await world.registerGateway('gw_1', { capacity: 30 });
  await world.registerGateway('gw_sip', { service: sip, capacity: 30 });
  await world.registerNode('nd_1');
  const { room } = await world.roomWithToken();
  const { body: trunk } = await world.post<{ id: string }>('/v1/sip/trunks', { name: 'C', address: 'sip.example.com' });
  await world.post('/v1/webhooks', { url: 'https://example.com/events', events: ['*'] });
  const dial = { room: room.id, trunk: trunk.id, to: '+4930333' };
  return { world, trouble, room, dial };
}

/** What is told of a room, each once and in order; by the id of what it is of, the types. */
async function toldOf(world: World, room: { readonly id: string }): Promise<Map<string, string[]>> {
  const told = new Map<string, string[]>();
  for (const { head, body } of await allPending(world, room.id.slice(3))) {
    const { id } = (JSON.parse(body) as { data: { id: string } }).data;
    told.set(id, [...(told.get(id) ?? []), head.type]);
  }
  return told;
}

async function allPending(world: World, line: string) {
  const all = [];
  for (;;) {
    const events = await world.store.outbox.pending(line);
    if (events.length === 0) return all;
    all.push(...events);
    for (const event of events) await world.store.outbox.remove(event);
  }
}

const beat = (world: World, body: object) =>
  until(() =>
    world.callInternal<GatewayHeartbeatAnswer>('/internal/gateways/gw_sip/heartbeat', {
      generation: 1,
      egresses: [],
      ...body,
    }),
  );

describe('calls, while the database throttles, conflicts and loses requests and answers', () => {
  test('are made once each, and take a place each', { timeout: 60_000 }, async () => {
    const { world, trouble, dial } = await openStage(11);
    trouble.on = true;
    const wanted = Array.from({ length: 20 }, (_, index) => `call-${index}`);
    const made = await Promise.all(wanted.map((key) => persistWithin(world, '/v1/sip/calls', dial, key)));
    trouble.on = false;
    const { body: page } = await world.call<{ data: Call[] }>('/v1/sip/calls?limit=100');
    const ids = made.filter((id) => id !== undefined);
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
    expect(page.data.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(page.data.length).toBeLessThanOrEqual(20);
    const [gateway] = await world.store.gateways.list('sip');
    expect(gateway!.reserved).toBe(page.data.length);
    const { body: heard } = await beat(world, {});
    expect(heard.calls.map(({ id }) => id).toSorted()).toEqual(page.data.map(({ id }) => id).toSorted());
    expect(world.errors).toEqual([]);
  });

  test('go on as their gateway tells, end once, and are told of once', { timeout: 60_000 }, async () => {
    const { world, trouble, room, dial } = await openStage(12);
    const calls: Call[] = [];
    for (let index = 0; index < 12; index += 1) calls.push((await world.post<Call>('/v1/sip/calls', dial)).body);
    trouble.on = true;
    const hangUp = ({ id }: Call) => until(() => world.call<Call>(`/v1/sip/calls/${id}`, { method: 'DELETE' }));
    for (const status of ['ringing', 'active', 'ended'] as const) {
      const report = { calls: calls.slice(0, 8).map(({ id }) => ({ id, status })) };
      // The gateway tells again what it had no answer to; meanwhile a back end hangs up.
      const hung = status === 'active' ? calls.slice(5, 10) : [];
      const answers = await Promise.all([beat(world, report), beat(world, report), ...hung.map(hangUp)]);
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    }
    await until(() => world.callInternal('/internal/gateways', newGateway('gw_sip', { generation: 2, service: sip })));
    trouble.on = false;
    const told = await toldOf(world, room);
    for (const [index, { id }] of calls.entries()) {
      const { body: call } = await world.call<Call>(`/v1/sip/calls/${id}`);
      const answered = call.answeredAt === undefined ? [] : ['call.answered'];
      const over = index < 10 ? 'ended' : 'failed';
      expect([index, call.status, call.endedAt !== undefined]).toEqual([index, over, true]);
      expect([index, ...(told.get(id) ?? [])]).toEqual([index, ...answered, `call.${over}`]);
      if (index < 5) expect(answered).toHaveLength(1);
    }
    expect((await world.store.gateways.get('gw_sip'))!.reserved).toBe(0);
    expect(await world.store.calls.assignedTo('gw_sip')).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  test('end with their room', { timeout: 60_000 }, async () => {
    const { world, trouble, room, dial } = await openStage(13);
    const calls: Call[] = [];
    for (let index = 0; index < 8; index += 1) calls.push((await world.post<Call>('/v1/sip/calls', dial)).body);
    trouble.on = true;
    const gone = await until(() => world.call(`/v1/rooms/${room.id}`, { method: 'DELETE' }));
    trouble.on = false;
    // Deleted by a first try whose answer was lost.
    expect([204, 404]).toContain(gone.status);
    world.nowMs += 31_000;
    await world.sweep();
    for (const { id } of calls) expect((await world.call<Call>(`/v1/sip/calls/${id}`)).body.status).toBe('ended');
    expect((await world.store.gateways.get('gw_sip'))!.reserved).toBe(0);
  });
});

describe('other resources, while the database throttles, conflicts and loses requests and answers', () => {
  test('broadcasts change and end once, and are told of once', { timeout: 60_000 }, async () => {
    const { world, trouble, room } = await openStage(14);
    const body = { room: room.id, outputs: [{ type: 'hls' }] };
    const egresses: Egress[] = [];
    for (let index = 0; index < 10; index += 1) egresses.push((await world.post<Egress>('/v1/egresses', body)).body);
    trouble.on = true;
    const report = (status: string) => ({
      generation: 1,
      egresses: egresses.map(({ id }) => ({ id, status })),
    });
    const tell = (status: string) =>
      until(() => world.callInternal('/internal/gateways/gw_1/heartbeat', report(status)));
    const path = ({ id }: Egress): string => `/v1/egresses/${id}`;
    await Promise.all([tell('active'), tell('active')]);
    const focus = { method: 'PATCH', body: { layout: 'focus' } };
    const changed = await Promise.all(egresses.map((each) => until(() => world.call(path(each), focus))));
    expect(changed.map(({ status }) => status)).toEqual(changed.map(() => 200));
    const stopped = await Promise.all(
      egresses.map((each) => until(() => world.call<Egress>(path(each), { method: 'DELETE' }))),
    );
    trouble.on = false;
    expect(stopped.map(({ status }) => status)).toEqual(stopped.map(() => 200));
    const told = await toldOf(world, room);
    for (const each of egresses) {
      expect((await world.call<Egress>(path(each))).body).toMatchObject({ status: 'stopped', layout: 'focus' });
      expect(told.get(each.id)).toEqual(['egress.started', 'egress.ended']);
    }
    expect((await world.store.gateways.get('gw_1'))!.reserved).toBe(0);
    expect(await world.store.egresses.assignedTo('gw_1')).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  test('an ingress has the stream key that its rotation was answered with', { timeout: 60_000 }, async () => {
    const { world, trouble, room } = await openStage(15);
    trouble.on = true;
    for (let index = 0; index < 4; index += 1) {
      const body = { room: room.id, identity: `stage-${index}` };
      const id = await persistWithin(world, '/v1/ingresses', body, `ingress-${index}`);
      if (id === undefined) continue;
      const headers = { 'idempotency-key': `rotation-${index}` };
      const rotated = await until(() =>
        world.call<Ingress & { streamKey: string }>(`/v1/ingresses/${id}/rotate-key`, { method: 'POST', headers }),
      );
      const renamed = await until(() =>
        world.call<Ingress>(`/v1/ingresses/${id}`, { method: 'PATCH', body: { name: 'Stage' } }),
      );
      expect([renamed.status, renamed.body.name]).toEqual([200, 'Stage']);
      if (rotated.status === 200)
        expect(
          (await until(() => world.call('/v1/whip', { method: 'POST', bearer: rotated.body.streamKey }))).status,
        ).toBe(307);
      const gone = await until(() => world.call(`/v1/ingresses/${id}`, { method: 'DELETE' }));
      expect([204, 404]).toContain(gone.status);
      expect((await until(() => world.call(`/v1/ingresses/${id}`))).status).toBe(404);
    }
    trouble.on = false;
    expect((await world.call<{ data: unknown[] }>('/v1/ingresses')).body.data.length).toBeLessThanOrEqual(4);
    expect(world.errors).toEqual([]);
  });

  test('commands reach the node, or say to come later; who was banned stays out', { timeout: 60_000 }, async () => {
    const { world, trouble, room } = await openStage(16);
    const { body: minted } = await world.post<{ token: string }>(`/v1/rooms/${room.id}/tokens`, {
      identity: 'user-42',
    });
    const { token } = minted;
    expect((await world.post('/v1/join', {}, token)).status).toBe(200);
    world.answerOfNode = ({ path }) => answerOfNode(path.split('/').at(-1)!);
    trouble.on = true;
    const path = `/v1/rooms/${room.id}/participants/user-42`;
    for (let round = 0; round < 10; round += 1) {
      const commands = [
        () => world.call(path),
        () => world.call(path, { method: 'PATCH', body: { name: 'Ada' } }),
        () => world.post(`/v1/rooms/${room.id}/messages`, { topic: 'chat', data: `round ${round}` }),
      ];
      for (const send of commands) expect([200, 503]).toContain((await send()).status);
    }
    const banned = await until(() => world.call(`${path}?banSeconds=60`, { method: 'DELETE' }));
    expect(banned.status).toBe(204);
    expect((await until(() => world.post<{ code: string }>('/v1/join', {}, token))).body.code).toBe(
      'participant-banned',
    );
    expect(world.errors).toEqual([]);
  });
});
