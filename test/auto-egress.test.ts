import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Egress } from '@muon/contract/egress.ts';
import type { Joined } from '@muon/contract/join.ts';
import type { Room } from '@muon/contract/room.ts';
import { SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
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
  await muon.api('POST', '/v1/webhooks', { url: receiver.url, events: ['egress.*'] });
});
afterAll(async () => {
  await muon[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function tokenFor(room: string, identity: string): Promise<Joined> {
  const { token } = await muon.api<{ token: string }>('POST', `/v1/rooms/${room}/tokens`, { identity });
  const init = { method: 'POST', headers: { authorization: `Bearer ${token}` } };
  return (await (await fetch(`${muon.apiUrl}/v1/join`, init)).json()) as Joined;
}

async function enter(room: string, { url, accessToken }: Joined): Promise<RpcClient> {
  const client = await RpcClient.open(url, accessToken, [SIGNAL_SUBPROTOCOL]);
  await client.call('join', { sid: room, uid: '', config: { NoSubscribe: true } });
  return client;
}

test('the broadcast of a room is on the air when the first participant is there, and there is one', async () => {
  const encoding = { width: 320, height: 180, frameRate: 10, videoBitrateBps: 200_000, audioBitrateBps: 64_000 };
  const outputs = [{ type: 'hls' }, { type: 'rtmp-pull' }];
  const { name } = await muon.api<Room>('POST', '/v1/rooms', { name: 'lesson', autoEgress: { encoding, outputs } });
  const egresses = async () => (await muon.api<{ data: Egress[] }>('GET', `/v1/egresses?room=${name}`)).data;

  const joined = await tokenFor(name, 'ada');
  expect(await egresses()).toEqual([]);
  const startedAtMs = performance.now();
  const ada = await enter(name, joined);
  const bob = await enter(name, await tokenFor(name, 'bob'));
  const [egress] = await until('it is active', async () => {
    const all = await egresses();
    return all[0]?.status === 'active' ? all : undefined;
  });
  console.log(`on the air ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s after the first had come`);
  expect(await muon.api<Room>('GET', `/v1/rooms/${name}`)).toMatchObject({ autoEgress: { egressId: egress!.id } });
  const playlist = await fetch(egress!.outputs[0]!.playlistUrl!);
  expect(await playlist.text()).toContain('RESOLUTION=320x180');

  await muon.api('DELETE', `/v1/egresses/${egress!.id}`);
  ada.close();
  bob.close();
  const again = await enter(name, await tokenFor(name, 'carol'));
  await until('both are told', () => receiver.received.length === 2);
  expect(receiver.received.map(({ event }) => event.type)).toEqual(['egress.started', 'egress.ended']);
  // Some heartbeats later.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect((await egresses()).map(({ id }) => id)).toEqual([egress!.id]);
  again.close();
});

test('a room is recorded from its first participant until it ends, and the file is told of and downloaded', async () => {
  const encoding = { width: 320, height: 180, frameRate: 10, videoBitrateBps: 200_000, audioBitrateBps: 64_000 };
  const { name } = await muon.api<Room>('POST', '/v1/rooms', {
    name: 'recorded-lesson',
    autoRecord: true,
    autoEgress: { encoding, outputs: [{ type: 'hls' }] },
  });
  const ada = await enter(name, await tokenFor(name, 'ada'));
  const bob = await enter(name, await tokenFor(name, 'bob'));
  const active = await until('it records', async () => {
    const [egress, ...others] = (await muon.api<{ data: Egress[] }>('GET', `/v1/egresses?room=${name}`)).data;
    expect(others).toEqual([]);
    return egress?.recordings?.[0]?.status === 'recording' ? egress : undefined;
  });
  await new Promise((resolve) => setTimeout(resolve, 4000));
  await muon.api('DELETE', `/v1/rooms/${name}`);
  ada.close();
  bob.close();
  const recorded = await until(
    'webhooks are told',
    () => receiver.received.find(({ event }) => event.type === 'egress.recorded')?.event.data as Egress | undefined,
  );
  expect(recorded).toMatchObject({ id: active.id, status: 'stopped', recordings: [{ status: 'ready' }] });
  expect(await muon.api<Egress>('GET', `/v1/egresses/${active.id}`)).toEqual(recorded);
  const [recording] = recorded.recordings!;
  const seconds = (Date.parse(recorded.endedAt!) - Date.parse(recording!.startedAt)) / 1000;
  console.log(`${recording!.durationSeconds} s recorded of ${seconds} s between its start and its end`);
  expect(Math.abs(recording!.durationSeconds! - seconds)).toBeLessThan(1.5);
  const file = await (await fetch(recording!.url!)).bytes();
  expect(file.length).toBe(recording!.sizeBytes);
  expect(Buffer.from(file.subarray(4, 8)).toString()).toBe('ftyp');

  const kept = await muon.api<Egress>('DELETE', `/v1/egresses/${active.id}/recordings/${recording!.id}`);
  expect(kept.recordings).toMatchObject([{ id: recording!.id, status: 'ready', sizeBytes: file.length }]);
  await until('the file is gone', async () => (await fetch(recording!.url!)).status === 404);
  expect(existsSync(fileURLToPath(recording!.location!))).toBe(false);
});
