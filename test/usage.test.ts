import { setTimeout as sleep } from 'node:timers/promises';
import type { Egress } from '@muon/contract/egress.ts';
import type { Joined } from '@muon/contract/join.ts';
import { SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
import type { UsageResource } from '@muon/contract/usage.ts';
import { Receiver } from '@muon/functions/delivery/receiver.fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Softphone } from './support/baresip.ts';
import { Muon } from './support/muon.ts';
import { RpcClient } from './support/rpc-client.ts';
import { until } from './support/until.ts';

let muon: Muon;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.open();
  muon = await Muon.start({ MUON_API_RATE: '1000' });
  await muon.api('POST', '/v1/webhooks', { url: receiver.url, events: ['participant.left'] });
});
afterAll(async () => {
  await muon[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function join(room: string, identity: string, grants = {}): Promise<RpcClient> {
  const { token } = await muon.api<{ token: string }>('POST', `/v1/rooms/${room}/tokens`, { identity, grants });
  const init = { method: 'POST', headers: { authorization: `Bearer ${token}` } };
  const joined = (await (await fetch(`${muon.apiUrl}/v1/join`, init)).json()) as Joined;
  const client = await RpcClient.open(joined.url, joined.accessToken, [SIGNAL_SUBPROTOCOL]);
  await client.call('join', { sid: room, uid: '', config: { NoSubscribe: true } });
  return client;
}

/** Of a room, on all days: midnight may pass. */
async function usageOf(room: string): Promise<Omit<UsageResource, 'day' | 'room'>> {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const { data } = await muon.api<{ data: UsageResource[] }>('GET', `/v1/usage?room=${room}&from=${yesterday}`);
  const sum = (of: 'participantMinutes' | 'egressMinutes' | 'callMinutes') =>
    data.reduce((total, usage) => total + usage[of], 0);
  return {
    participantMinutes: sum('participantMinutes'),
    egressMinutes: sum('egressMinutes'),
    callMinutes: sum('callMinutes'),
  };
}

test('participants are counted for as long as webhooks say that they were there', async () => {
  await muon.api('POST', '/v1/rooms', { name: 'algebra' });
  const clients = [
    await join('algebra', 'ada'),
    await join('algebra', 'bob'),
    await join('algebra', 'ghost', { hidden: true }),
  ];
  // Replaces the first.
  clients.push(await join('algebra', 'ada'));
  await sleep(2000);
  for (const client of clients) client.send(JSON.stringify({ method: 'leave', params: {} }));
  const left = () => receiver.received.filter(({ event }) => event.room?.name === 'algebra');
  await until('all have left', () => left().length === 3);
  const expected = left().reduce((sum, { event }) => {
    const { joinedAt, leftAt } = event.data as { joinedAt: string; leftAt: string };
    return sum + (Date.parse(leftAt) - Date.parse(joinedAt)) / 60_000;
  }, 0);
  const { participantMinutes } = await until('it is counted', async () => {
    const usage = await usageOf('algebra');
    return usage.participantMinutes > 0 ? usage : undefined;
  });
  console.log(
    `${(60 * participantMinutes).toFixed(2)} s were counted, ${(60 * expected).toFixed(2)} s told to webhooks`,
  );
  expect(Math.abs(60 * (participantMinutes - expected))).toBeLessThan(0.2);
});

test('a broadcast is counted while it is composed, and nobody else is', async () => {
  await muon.api('POST', '/v1/rooms', { name: 'hall' });
  const body = { room: 'hall', outputs: [{ type: 'hls' }] };
  const { id } = await muon.api<Egress>('POST', '/v1/egresses', body);
  const read = () => muon.api<Egress>('GET', `/v1/egresses/${id}`);
  await until('it is on', async () => (await read()).status === 'active', { timeoutMs: 60_000 });
  await sleep(3000);
  await muon.api('DELETE', `/v1/egresses/${id}`);
  const usage = await until('it is counted', async () => {
    const found = await usageOf('hall');
    return found.egressMinutes > 0 ? found : undefined;
  });
  console.log(`a broadcast of ${(60 * usage.egressMinutes).toFixed(1)} s`);
  expect(60 * usage.egressMinutes).toBeGreaterThan(2.5);
  expect(usage).toMatchObject({ participantMinutes: 0, callMinutes: 0 });
});

test('a telephone is counted as a call and as a participant', async () => {
  await muon.api('POST', '/v1/rooms', { name: 'office' });
  await using phone = await Softphone.start();
  const answeredMs = performance.now();
  await phone.dial(`sip:office@127.0.0.1:${muon.port(5060)}`);
  await sleep(3000);
  await phone.hangUp();
  const seconds = (performance.now() - answeredMs) / 1000;
  const { participantMinutes, callMinutes } = await until('it is counted', async () => {
    const usage = await usageOf('office');
    return usage.callMinutes > 0 ? usage : undefined;
  });
  console.log(`a call of ${(60 * callMinutes).toFixed(1)} s; ${seconds.toFixed(1)} s from dialling to hanging up`);
  expect(participantMinutes).toBe(callMinutes);
  expect(60 * callMinutes).toBeGreaterThan(2.5);
  expect(60 * callMinutes).toBeLessThan(seconds + 0.2);
});
