import type { DeliveryResource, Webhook } from '@muon/contract/webhook.ts';
import { until } from '@muon/test/support/until.ts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { goodSignatures, Receiver } from '../delivery/receiver.fixture.ts';
import { World } from '../http/world.fixture.ts';

type WithSecret = Webhook & { secret: string };

let world: World;
let receivers: Receiver[];
beforeEach(async () => {
  world = await World.open();
  receivers = [];
});
afterEach(async () => {
  for (const receiver of receivers) await receiver[Symbol.asyncDispose]();
  expect(world.errors).toEqual([]);
});

async function receiverWithWebhook(events = ['*']): Promise<[Receiver, WithSecret]> {
  const receiver = await Receiver.open();
  receivers.push(receiver);
  const { body } = await world.post<WithSecret>('/v1/webhooks', { url: receiver.url, events });
  return [receiver, body];
}

const deliveries = async ({ id }: Webhook) =>
  (await world.call<{ data: DeliveryResource[] }>(`/v1/webhooks/${id}/deliveries?limit=100`)).body.data;

const webhookNow = async ({ id }: Webhook) => (await world.call<Webhook>(`/v1/webhooks/${id}`)).body;

const createRoom = async (name: string) => (await world.post<{ id: string }>('/v1/rooms', { name })).body;

const patchRoom = (name: string, metadata: object) =>
  world.call(`/v1/rooms/${name}`, { method: 'PATCH', body: { metadata } });

describe('a change', () => {
  test('is told with the resource as it then was, signed, and logged', async () => {
    const [receiver, webhook] = await receiverWithWebhook();
    const room = await createRoom('algebra');
    await world.sweep();
    const [received] = receiver.received;
    expect(received!.event).toMatchObject({
      type: 'room.created',
      createdAt: new Date(world.nowMs).toISOString(),
      room: { id: room.id, name: 'algebra' },
      data: room,
    });
    expect(received!.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': received!.event.id,
      'webhook-timestamp': String(world.nowMs / 1000),
    });
    expect(goodSignatures(received!, webhook.secret)).toBe(1);
    expect(goodSignatures({ ...received!, text: `${received!.text} ` }, webhook.secret)).toBe(0);
    const { data: _, ...head } = received!.event;
    expect(await deliveries(webhook)).toMatchObject([
      { event: head, status: 'succeeded', attempts: [{ statusCode: 204 }], endedAt: expect.any(String) },
    ]);
    await world.sweep();
    expect(receiver.received).toHaveLength(1);
  });

  test('of a room or a broadcast is told once, whatever it is', async () => {
    const [receiver] = await receiverWithWebhook();
    await world.registerGateway('gw_1');
    await createRoom('algebra');
    await patchRoom('algebra', { a: 'b' });
    const egresses = await Promise.all(
      [1, 2].map(async () => {
        const outputs = [{ type: 'hls' }];
        return (await world.post<{ id: string }>('/v1/egresses', { room: 'algebra', outputs })).body.id;
      }),
    );
    const beat = (states: object[]) =>
      world.callInternal('/internal/gateways/gw_1/heartbeat', { generation: 1, egresses: states });
    await beat([{ id: egresses[0], status: 'active' }]);
    await beat([{ id: egresses[0], status: 'active' }]);
    await beat([{ id: egresses[0], status: 'failed', reason: 'the encoder died' }]);
    await world.call('/v1/rooms/algebra', { method: 'DELETE' });
    await world.sweep();
    expect(receiver.told).toEqual([
      'room.created algebra',
      'room.updated algebra',
      'egress.started algebra',
      'egress.failed algebra',
      'room.deleted algebra',
      'egress.ended algebra',
    ]);
    expect(receiver.received[3]!.event.data).toMatchObject({ id: egresses[0], reason: 'the encoder died' });
    expect(receiver.received[5]!.event.data).toMatchObject({ id: egresses[1], reason: 'the room was deleted' });
  });

  test('that is refused is told to nobody', async () => {
    const [receiver] = await receiverWithWebhook();
    await createRoom('algebra');
    expect((await world.post('/v1/rooms', { name: 'algebra' })).status).toBe(409);
    await world.sweep();
    expect(receiver.told).toEqual(['room.created algebra']);
  });

  test('is told to those webhooks that want it', async () => {
    const [created] = await receiverWithWebhook(['room.created']);
    const [egresses] = await receiverWithWebhook(['egress.*']);
    const [disabled, { id }] = await receiverWithWebhook();
    await world.call(`/v1/webhooks/${id}`, { method: 'PATCH', body: { enabled: false } });
    await createRoom('algebra');
    await patchRoom('algebra', {});
    await world.sweep();
    expect([created.told, egresses.told, disabled.told]).toEqual([['room.created algebra'], [], []]);
  });

  test('is told at once when the stream tells of it, and by nobody else again', async () => {
    const [receiver] = await receiverWithWebhook();
    const { id } = await createRoom('algebra');
    const keys = { pk: { S: `OB#${id.slice(3)}` }, sk: { S: 'EV#0' } };
    const event = { Records: [{ eventName: 'INSERT' as const, dynamodb: { Keys: keys } }] };
    await Promise.all([world.stream(event), world.stream(event), world.sweep()]);
    expect(receiver.told).toEqual(['room.created algebra']);
  });
});

describe('events of one room', () => {
  test('come in their order, however often one fails; other rooms go on', async () => {
    const [receiver, webhook] = await receiverWithWebhook();
    let failures = 3;
    receiver.answer = ({ event }) => (event.room?.name === 'algebra' && failures-- > 0 ? 503 : 204);
    await createRoom('algebra');
    await patchRoom('algebra', { step: '1' });
    await patchRoom('algebra', { step: '2' });
    await createRoom('biology');
    await world.sweep();
    expect(receiver.told.toSorted()).toEqual(['room.created algebra', 'room.created biology']);
    expect((await deliveries(webhook)).filter(({ status }) => status === 'pending')).toHaveLength(3);
    for (const pauseMs of [6000, 36_000]) {
      world.nowMs += pauseMs;
      await world.sweep();
    }
    await createRoom('chemistry');
    world.nowMs += 144_000;
    await world.sweep();
    const ofAlgebra = receiver.received.filter(({ event }) => event.room?.name === 'algebra');
    const created = ofAlgebra.slice(0, 4);
    expect(new Set(created.map(({ event }) => event.id)).size).toBe(1);
    expect(ofAlgebra.slice(3).map(({ event }) => (event.data as { metadata: object }).metadata)).toEqual([
      {},
      { step: '1' },
      { step: '2' },
    ]);
    expect((await deliveries(webhook)).every(({ status }) => status === 'succeeded')).toBe(true);
  });

  test('are numbered without gap by hundreds of changes at once; each comes once and none is invented', async () => {
    const [receiver] = await receiverWithWebhook(['room.created', 'room.updated']);
    const names = Array.from({ length: 20 }, (_, index) => `room-${index}`);
    await Promise.all(names.map(createRoom));
    const changes = names.flatMap((name) => Array.from({ length: 12 }, (_, index) => [name, `${index}`] as const));
    const sweeping = world.sweep();
    const answers = await Promise.all(changes.map(([name, by]) => patchRoom(name, { by })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await sweeping;
    // Two workers at once, as on AWS.
    await Promise.all([world.sweep(), world.sweep(), world.stream({ Records: [] })]);
    expect(receiver.received).toHaveLength(20 + changes.length);
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(20 + changes.length);
    for (const name of names) {
      const own = receiver.received.filter(({ event }) => event.room?.name === name);
      const revisions = own.map(({ event }) => (event.data as { revision: number }).revision);
      expect(revisions).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
    }
  });
});

describe('a receiver', () => {
  test('that never answers holds up nobody else', async () => {
    const [dead, deadHook] = await receiverWithWebhook();
    dead.answer = () => 'nothing';
    const [good] = await receiverWithWebhook();
    const names = Array.from({ length: 30 }, (_, index) => `room-${index}`);
    for (const name of names) await createRoom(name);
    const sweeping = world.sweep();
    await until('the good one is told everything', () => good.received.length === 30);
    await until('the dead one was asked', () => dead.received.length > 0);
    // Some at once, not all: whoever does not answer is not given everything.
    expect(dead.received.length).toBeLessThanOrEqual(4);
    await dead[Symbol.asyncDispose]();
    receivers.splice(receivers.indexOf(dead), 1);
    await sweeping;
    expect(await webhookNow(deadHook)).toMatchObject({
      enabled: true,
      failingSince: new Date(world.nowMs).toISOString(),
    });
    // From now on the stream does not wait for it.
    await createRoom('later');
    await world.sweep();
    expect(good.told).toContain('room.created later');
  });

  test('that fails is asked again after longer and longer pauses, for a day', async () => {
    const [receiver, webhook] = await receiverWithWebhook();
    receiver.answer = () => 500;
    await createRoom('algebra');
    const startedMs = world.nowMs;
    await world.sweep();
    for (;;) {
      const [delivery] = await deliveries(webhook);
      if (delivery!.status !== 'pending') break;
      const dueMs = Date.parse(delivery!.nextAttemptAt!);
      world.nowMs = dueMs - 1;
      const before = receiver.received.length;
      await world.sweep();
      expect(receiver.received).toHaveLength(before);
      world.nowMs = dueMs;
      await world.sweep();
      expect(receiver.received).toHaveLength(before + 1);
    }
    const [delivery] = await deliveries(webhook);
    expect(delivery).toMatchObject({ status: 'failed', attempts: { length: receiver.received.length } });
    expect(delivery).not.toHaveProperty('nextAttemptAt');
    expect(delivery!.attempts[0]).toMatchObject({ statusCode: 500, error: 'answered 500' });
    const atSeconds = delivery!.attempts.map(({ at }) => (Date.parse(at) - startedMs) / 1000);
    const pauses = atSeconds.slice(1).map((at, index) => at - atSeconds[index]!);
    for (const [index, expected] of [5, 30, 120, 600, 3600, 21_600].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(expected * 0.8);
      expect(pauses[index]).toBeLessThanOrEqual(expected * 1.2);
    }
    expect(atSeconds.at(-1)).toBeGreaterThan(43_200);
    expect(atSeconds.at(-1)).toBeLessThanOrEqual(86_400);
  });

  test('that fails for days is disabled with a reason, and goes on when it is enabled', async () => {
    const [receiver, webhook] = await receiverWithWebhook();
    receiver.answer = () => 500;
    await createRoom('algebra');
    await world.sweep();
    const since = new Date(world.nowMs).toISOString();
    world.nowMs += 3 * 86_400_000;
    await createRoom('biology');
    await world.sweep();
    expect(await webhookNow(webhook)).toMatchObject({
      enabled: false,
      disabledReason: `No attempt has succeeded since ${since}.`,
      revision: 2,
    });
    const asked = receiver.received.length;
    await createRoom('chemistry');
    await world.sweep();
    expect(receiver.received).toHaveLength(asked);
    receiver.answer = () => 204;
    await world.call(`/v1/webhooks/${webhook.id}`, { method: 'PATCH', body: { enabled: true } });
    world.nowMs += 60_000;
    await world.sweep();
    const now = await webhookNow(webhook);
    expect(now).toMatchObject({ enabled: true, revision: 3 });
    expect([now.disabledReason, now.failingSince]).toEqual([undefined, undefined]);
    expect(receiver.told.at(-1)).toBe('room.created biology');
    expect(receiver.told).not.toContain('room.created chemistry');
  });

  test('that is gone is asked no more', async () => {
    const [receiver, webhook] = await receiverWithWebhook();
    receiver.answer = () => 410;
    await createRoom('algebra');
    await world.sweep();
    expect(await webhookNow(webhook)).toMatchObject({ enabled: false, disabledReason: 'It answered 410 Gone.' });
  });

  test('that is disabled with more to be told of ends its lane, and is told the rest when it is enabled', async () => {
    const [receiver, webhook] = await receiverWithWebhook();
    receiver.answer = () => 410;
    for (let index = 0; index < 12; index++) await createRoom(`room-${index}`);
    const claim = vi.spyOn(world.store.deliveries, 'claim');
    const { claim: claimed } = Object.getPrototypeOf(world.store.deliveries) as typeof world.store.deliveries;
    claim.mockImplementation((...args) => {
      world.nowMs += 1;
      if (claim.mock.calls.length > 100) throw new Error('the same lines are claimed for ever');
      return claimed.apply(world.store.deliveries, args);
    });
    await world.sweep();
    expect(await webhookNow(webhook)).toMatchObject({ enabled: false });
    expect(claim.mock.calls.length).toBeLessThanOrEqual(12);
    receiver.answer = () => 204;
    await world.call(`/v1/webhooks/${webhook.id}`, { method: 'PATCH', body: { enabled: true } });
    world.nowMs += 60_000;
    await world.sweep();
    expect((await deliveries(webhook)).filter(({ status }) => status === 'pending')).toEqual([]);
  });

  test('is not followed elsewhere', async () => {
    const [elsewhere] = await receiverWithWebhook(['egress.*']);
    const [receiver, webhook] = await receiverWithWebhook(['room.*']);
    receiver.answer = () => ({ status: 302, headers: { location: elsewhere.url } });
    await createRoom('algebra');
    await world.sweep();
    expect(elsewhere.received).toEqual([]);
    expect((await deliveries(webhook))[0]!.attempts).toMatchObject([{ statusCode: 302, error: 'answered 302' }]);
  });
});

describe('a delivery', () => {
  test('is sent again on request, with the same id and out of line', async () => {
    const [receiver, webhook] = await receiverWithWebhook();
    await createRoom('algebra');
    await world.sweep();
    const [first] = await deliveries(webhook);
    receiver.answer = () => 500;
    await patchRoom('algebra', {});
    await world.sweep();
    receiver.answer = () => 204;
    const path = `/v1/webhooks/${webhook.id}/deliveries/${first!.id}/redeliver`;
    const { status, body } = await world.post<DeliveryResource>(path);
    expect([status, body]).toMatchObject([201, { event: first!.event, status: 'pending', redeliveryOf: first!.id }]);
    await world.sweep();
    expect(receiver.told).toEqual(['room.created algebra', 'room.updated algebra', 'room.created algebra']);
    expect(receiver.received[2]!.text).toBe(receiver.received[0]!.text);
    expect(receiver.received[2]!.headers['webhook-id']).toBe(first!.event.id);
  });

  test('of a test is sent whatever the filter', async () => {
    const [receiver, { id, secret }] = await receiverWithWebhook(['egress.failed']);
    await world.post(`/v1/webhooks/${id}/test`);
    await world.sweep();
    expect(receiver.told).toEqual(['webhook.test']);
    expect(goodSignatures(receiver.received[0]!, secret)).toBe(1);
  });

  test('is signed with both secrets while a rotation has its grace', async () => {
    const [receiver, { id, secret: first }] = await receiverWithWebhook();
    const { body } = await world.post<WithSecret>(`/v1/webhooks/${id}/rotate-secret`, { graceSeconds: 60 });
    for (const pauseMs of [0, 59_000, 1000]) {
      world.nowMs += pauseMs;
      await world.post(`/v1/webhooks/${id}/test`);
      await world.sweep();
    }
    const good = (secret: string) => receiver.received.map((received) => goodSignatures(received, secret));
    expect(good(first)).toEqual([1, 1, 0]);
    expect(good(body.secret)).toEqual([1, 1, 1]);
  });

  test('whose worker died is taken up by another, and only when its time is over', async () => {
    const [receiver, { id }] = await receiverWithWebhook();
    await world.post(`/v1/webhooks/${id}/test`);
    const [line] = await world.store.deliveries.due(id, world.nowMs, 10);
    const claims = await Promise.all(
      ['one', 'two', 'three'].map((lease) => world.store.deliveries.claim(line!, lease, world.nowMs + 20_000)),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
    world.nowMs += 19_999;
    await world.sweep();
    expect(receiver.received).toEqual([]);
    world.nowMs += 1;
    await world.sweep();
    expect(receiver.told).toEqual(['webhook.test']);
  });

  test('is gone with its webhook', async () => {
    const [receiver, { id }] = await receiverWithWebhook();
    await world.post(`/v1/webhooks/${id}/test`);
    await world.call(`/v1/webhooks/${id}`, { method: 'DELETE' });
    await world.sweep();
    expect(receiver.received).toEqual([]);
  });
});
