import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { WireConnection } from '@muon/media-node/io/wire-connection.fixture.ts';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { decodeStun, encodeBindingRequest, stunTypes } from '@muon/wire/stun/message.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MediaNode } from '../support/media-node.ts';
import { RpcClient } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

const SSRC = 7;
const OPUS = 111;

let node: MediaNode;
let rpc: RpcClient;
/** Whom the attacks are on: publishes a track. */
let victim: WireConnection;
let answer: string;
let attacker: Socket;

beforeAll(async () => {
  node = await MediaNode.start();
  rpc = await RpcClient.open(node.url('/ws'), await node.controlPlane.token({ identity: 'ada' }));
  victim = await WireConnection.create();
  const offer = victim.offer([{ kind: 'audio', payloadType: OPUS, ssrc: SSRC }]);
  const { result } = await rpc.call('join', { sid: 'test', offer: { type: 'offer', sdp: offer } });
  answer = (result as { sdp: string }).sdp;
  victim.begin(answer);
  await until('the victim is connected', () => victim.connected);
  attacker = createSocket('udp4').bind(0, '127.0.0.1');
  await once(attacker, 'listening');
});

afterEach(async () => {
  expect(node.process.exited()).toBe(false);
  expect(rpc.closed).toBeUndefined();
});

afterAll(async () => {
  attacker?.close();
  victim?.close();
  await node?.[Symbol.asyncDispose]();
});

function attack(bytes: Uint8Array, times = 1): void {
  for (let time = 0; time < times; time++) attacker.send(bytes, node.mediaPort, '127.0.0.1');
}

function check(username: string, password: string): Uint8Array {
  const hmac = (covered: Uint8Array): Uint8Array => createHmac('sha1', password).update(covered).digest();
  return encodeBindingRequest(randomBytes(12), { username, useCandidate: true, hmac });
}

function sound(seq: number): Uint8Array {
  return victim.protect(rtpPacket({ payloadType: OPUS, ssrc: SSRC, seq }).bytes);
}

/** Does it, and waits until this counter of `/metrics` has grown by as much. */
async function counted(metric: string, by: number, act: () => void): Promise<void> {
  const before = await node.metric(metric);
  act();
  await until(`${metric} grows by ${by}`, async () => (await node.metric(metric)) === before + by);
}

describe('a check', () => {
  const ufrag = (): string => /a=ice-ufrag:(\S+)/.exec(answer)![1]!;
  const password = (): string => /a=ice-pwd:(\S+)/.exec(answer)![1]!;

  test.each([
    ['of a guessed user name', () => check(`${randomBytes(6).toString('base64')}:x`, password())],
    ['of a known user name and a guessed password', () => check(`${ufrag()}:x`, 'guessed')],
    ['without a user name', () => check('', password())],
  ])('%s is refused and counted, and answered with no more bytes than it has', async (_, make) => {
    const answers: Buffer[] = [];
    const listen = (bytes: Buffer): number => answers.push(bytes);
    attacker.on('message', listen);
    const forged = make();
    await counted('muon_stun_checks_refused_total', 20, () => attack(forged, 20));
    await until('refusals come', () => answers.length > 0);
    attacker.off('message', listen);
    for (const bytes of answers) {
      expect(bytes.length).toBeLessThanOrEqual(forged.length);
      expect(decodeStun(bytes).type).toBe(stunTypes.bindingError);
    }
  });
});

test('media from an address that no check came from is dropped and counted, however right it is', async () => {
  const packet = sound(100);
  await counted('muon_media_unknown_source_total', 20, () => attack(packet, 20));
  // It was not taken for the victim's, who may still send it: once.
  await counted('muon_media_replayed_total', 1, () => {
    victim.send(packet);
    victim.send(packet);
  });
});

test('media that came before is dropped and counted', async () => {
  const packet = sound(200);
  victim.send(packet);
  await counted('muon_media_replayed_total', 20, () => {
    for (let time = 0; time < 20; time++) victim.send(packet);
  });
});

test('media that is changed on its way is dropped and counted', async () => {
  await counted('muon_media_unauthentic_total', 20, () => {
    for (let seq = 300; seq < 320; seq++) {
      const packet = Uint8Array.from(sound(seq));
      packet[packet.length - 1]! ^= 1;
      victim.send(packet);
    }
  });
});

test('a handshake from an address that no check came from begins nothing', async () => {
  const hello = Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 1, 0, 0, 0]);
  const connections = await node.metric('muon_connections');
  await counted('muon_dtls_unknown_source_total', 500, () => attack(hello, 500));
  expect(await node.metric('muon_connections')).toBe(connections);
});

test('the victim is still heard after all that', async () => {
  const before = await node.metric('muon_media_packets_received_total');
  for (let seq = 400; seq < 450; seq++) victim.send(sound(seq));
  await until('its packets come', async () => (await node.metric('muon_media_packets_received_total')) >= before + 50);
  expect(await node.metric('muon_tracks')).toBe(1);
});
