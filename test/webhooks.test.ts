import type { DeliveryResource, Webhook } from '@muon/contract/webhook.ts';
import type { Room } from '@muon/contract/room.ts';
import { goodSignatures, Receiver } from '@muon/functions/delivery/receiver.fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Muon } from './support/muon.ts';
import { until } from './support/until.ts';

let muon: Muon;
let receiver: Receiver;
let webhook: Webhook & { secret: string };
beforeAll(async () => {
  receiver = await Receiver.open();
  muon = await Muon.start({ MUON_API_RATE: '10000' });
  webhook = await muon.api('POST', '/v1/webhooks', { url: receiver.url, events: ['room.*'] });
});
afterAll(async () => {
  await muon[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

test('a receiver is told what happens within a moment', async () => {
  const room = await muon.api<Room>('POST', '/v1/rooms', { name: 'algebra' });
  const answeredMs = performance.now();
  await until('it is told', () => receiver.received.length === 1);
  expect(performance.now() - answeredMs).toBeLessThan(500);
  expect(receiver.received[0]!.event).toMatchObject({ type: 'room.created', data: { id: room.id } });
  expect(goodSignatures(receiver.received[0]!, webhook.secret)).toBe(1);
});

test('the control plane, killed in the midst of changes again and again, tells of every change that it acknowledged', async () => {
  const acknowledged: string[] = [];
  // A name is taken or not: asked again, a request that was cut off is done or was done.
  const create = async (name: string): Promise<void> => {
    await until(
      `${name} is created`,
      async () => {
        const answer = await fetch(`${muon.apiUrl}/v1/rooms`, {
          method: 'POST',
          headers: { authorization: `Bearer ${muon.apiKey}` },
          body: JSON.stringify({ name }),
        });
        return answer.status === 201 || answer.status === 409;
      },
      { timeoutMs: 30_000 },
    );
    acknowledged.push(name);
  };
  for (let kill = 0; kill < 4; kill += 1) {
    const names = Array.from({ length: 50 }, (_, index) => `kill-${kill}-${index}`);
    const creating = Promise.all(names.map(create));
    await until('some are created', () => acknowledged.length >= 50 * kill + 10);
    process.kill(controlPlane()!, 'SIGKILL');
    await creating;
  }
  expect(acknowledged).toHaveLength(200);
  const told = () => new Set(receiver.received.map(({ event }) => event.id));
  await until('all are told', () => told().size >= 201, { timeoutMs: 60_000 });

  const names = new Set(receiver.received.map(({ event }) => event.room?.name));
  for (const name of acknowledged) expect(names).toContain(name);
  // None twice under another id, and none that did not happen.
  expect([told().size, names.size]).toEqual([201, 201]);
  for (const received of receiver.received) expect(goodSignatures(received, webhook.secret)).toBe(1);
});

test('what failed is tried again by itself', async () => {
  receiver.answer = () => 503;
  const { id } = await muon.api<DeliveryResource>('POST', `/v1/webhooks/${webhook.id}/test`);
  const read = () => muon.api<DeliveryResource>('GET', `/v1/webhooks/${webhook.id}/deliveries/${id}`);
  await until('it has failed once', async () => (await read()).attempts.length === 1);
  receiver.answer = () => 204;
  await until('it has succeeded', async () => (await read()).status === 'succeeded', { timeoutMs: 20_000 });
  expect((await read()).attempts).toMatchObject([{ statusCode: 503 }, { statusCode: 204 }]);
});

function controlPlane(): number | undefined {
  return muon.processes().find(({ command }) => command.includes('local/control-plane.ts'))?.pid;
}
