import type { Joined } from '@muon/contract/join.ts';
import type { Room } from '@muon/contract/room.ts';
import { SIGNAL_SUBPROTOCOL, signalCloseCodes } from '@muon/contract/signal.ts';
import { Receiver } from '@muon/functions/delivery/receiver.fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Muon } from './support/muon.ts';
import { RpcClient } from './support/rpc-client.ts';
import { until } from './support/until.ts';

let muon: Muon;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.open();
  muon = await Muon.start({ MUON_API_RATE: '1000' });
  await muon.api('POST', '/v1/webhooks', { url: receiver.url, events: ['room.ended', 'participant.left'] });
});
afterAll(async () => {
  await muon[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function join(room: string): Promise<RpcClient> {
  const { token } = await muon.api<{ token: string }>('POST', `/v1/rooms/${room}/tokens`, { identity: 'ada' });
  const init = { method: 'POST', headers: { authorization: `Bearer ${token}` } };
  const joined = (await (await fetch(`${muon.apiUrl}/v1/join`, init)).json()) as Joined;
  const client = await RpcClient.open(joined.url, joined.accessToken, [SIGNAL_SUBPROTOCOL]);
  await client.call('join', { sid: room, uid: '', config: { NoSubscribe: true } });
  return client;
}

const told = (room: string) =>
  receiver.received.filter(({ event }) => event.room?.name === room).map(({ event }) => event);

test('a room that is as old as it may be ends, and who is in it is told why', async () => {
  const room = await muon.api<Room>('POST', '/v1/rooms', { name: 'old', maxDurationSeconds: 5 });
  const ada = await join(room.name);
  expect(await ada.whenClosed()).toEqual({ code: signalCloseCodes.roomClosed, reason: 'room-ended' });
  const seconds = (Date.now() - Date.parse(room.createdAt)) / 1000;
  console.log(`ended ${seconds.toFixed(1)} s after it was created, of 5`);
  expect(seconds).toBeGreaterThan(5);
  await until('both are told', () => told('old').length === 2);
  expect(told('old').map(({ type, data }) => [type, (data as { reason: string }).reason])).toEqual([
    ['room.ended', 'max-duration'],
    ['participant.left', 'roomClosed'],
  ]);
});

test('a room to which nobody comes ends, and one with somebody in it goes on', async () => {
  await muon.api('POST', '/v1/rooms', { name: 'used', emptyDurationSeconds: 2 });
  const ada = await join('used');
  await muon.api('POST', '/v1/rooms', { name: 'empty', emptyDurationSeconds: 2 });
  await until('it is told', () => told('empty').length === 1);
  expect(told('empty')[0]).toMatchObject({ type: 'room.ended', data: { name: 'empty', reason: 'empty' } });
  expect(ada.closed).toBeUndefined();
  expect(await muon.api<Room>('GET', '/v1/rooms/used')).toMatchObject({ emptyDurationSeconds: 2 });
  ada.close();
});
