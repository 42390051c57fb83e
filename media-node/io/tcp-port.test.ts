import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHmac, randomBytes } from 'node:crypto';
import { frame, StreamDeframer } from '@muon/wire/rtp/stream-framing.ts';
import { decodeStun, encodeBindingRequest, stunTypes } from '@muon/wire/stun/message.ts';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../../test/support/ports.ts';
import { until } from '../../test/support/until.ts';
import { publisherOffer } from '../negotiation/offer.fixture.ts';
import type { Connection } from './connection.ts';
import { MediaPort, type MediaPortOptions } from './media-port.ts';
import type { RemoteAddress } from './remote-address.ts';
import { TcpPort } from './tcp-port.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function openPort(options: Partial<MediaPortOptions> = {}): Promise<MediaPort> {
  const port = await MediaPort.open({ host: '127.0.0.1', port: 0, ...options });
  closers.push(() => port.close());
  return port;
}

interface Client {
  readonly socket: Socket;
  readonly received: Uint8Array[];
  readonly ended: () => boolean;
}

async function open(port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  closers.push(() => socket.destroy());
  const received: Uint8Array[] = [];
  const deframer = new StreamDeframer(65_535);
  let ended = false;
  socket.on('data', (chunk) => received.push(...deframer.push(chunk)));
  socket.on('error', () => undefined);
  socket.on('close', () => (ended = true));
  await once(socket, 'connect');
  return { socket, received, ended: () => ended };
}

async function check(connection: Connection): Promise<Uint8Array> {
  const sdp = await connection.answer(publisherOffer);
  const [, ufrag] = /a=ice-ufrag:(\S+)/.exec(sdp)!;
  const [, password] = /a=ice-pwd:(\S+)/.exec(sdp)!;
  const hmac = (covered: Uint8Array): Uint8Array => createHmac('sha1', password!).update(covered).digest();
  return encodeBindingRequest(randomBytes(12), { username: `${ufrag}:client`, useCandidate: true, hmac });
}

describe('over TCP, a media port', () => {
  test('advertises the port of UDP, for clients that connect', async () => {
    const port = await openPort();
    const sdp = await port.openConnection().answer(publisherOffer);
    const [udp, tcp] = ['udp', 'tcp'].map((protocol) =>
      new RegExp(`a=candidate:(\\S+) 1 ${protocol} (\\d+) 127.0.0.1 ${port.port} typ host(.*)`).exec(sdp)!,
    );
    expect(Number(udp![2])).toBeGreaterThan(Number(tcp![2]));
    expect(udp![1]).not.toBe(tcp![1]);
    expect(tcp![3]).toBe(' tcptype passive');
  });

  test('answers a check that comes in pieces', async () => {
    const port = await openPort();
    const client = await open(port.port);
    for (const byte of frame(await check(port.openConnection()))) client.socket.write(Uint8Array.of(byte));
    await until('the answer comes', () => client.received.length === 1);
    expect(decodeStun(client.received[0]!).type).toBe(stunTypes.bindingSuccess);
    expect(port.counters).toMatchObject({ tcpAccepted: 1, checks: 1 });
  });

  test('hears DTLS of a client whose check it answered', async () => {
    const port = await openPort();
    const client = await open(port.port);
    client.socket.write(frame(await check(port.openConnection())));
    client.socket.write(frame(Uint8Array.of(22, 254, 253)));
    client.socket.write(frame(Uint8Array.of(0x80, 96, 0, 1)));
    await until('the SRTP is counted', () => port.counters.unknownSource === 1);
    expect(port.counters).toMatchObject({ dtlsUnknownSource: 0, tcpEnded: 0 });
  });

  test('ends the connection of a client that is gone, and does without one that the client ends', async () => {
    const port = await openPort();
    const [first, second] = [port.openConnection(), port.openConnection()];
    const clients = [await open(port.port), await open(port.port)];
    clients[0]!.socket.write(frame(await check(first)));
    clients[1]!.socket.write(frame(await check(second)));
    await until('both are answered', () => clients.every(({ received }) => received.length === 1));
    first.close();
    await until('the first is ended', clients[0]!.ended);
    clients[1]!.socket.destroy();
    await until('no TCP connection is left', () => port.tcpConnections === 0);
    expect(port.connections).toBe(1);
    expect(port.counters.tcpEnded).toBe(0);
  });

  test.each([
    ['sends anything but a check first', frame(Uint8Array.of(22, 254, 253))],
    ['speaks HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['frames more than any packet has', Uint8Array.of(8, 1)],
  ])('ends a connection that %s', async (_, bytes) => {
    const port = await openPort();
    const client = await open(port.port);
    client.socket.write(bytes);
    await until('it is ended', client.ended);
    expect(port.counters.tcpEnded).toBe(1);
  });

  test('ends a connection without a check, and one that fell silent', async () => {
    const port = await openPort({ tcpVerifyTimeoutMs: 400, tcpIdleTimeoutMs: 1500 });
    const [silent, verified] = [await open(port.port), await open(port.port)];
    verified.socket.write(frame(await check(port.openConnection())));
    await until('the silent one is ended', silent.ended);
    expect(verified.ended()).toBe(false);
    await until('the other is ended too', verified.ended);
  });

  test('takes no more connections than it may, of one address', async () => {
    const port = await openPort();
    const clients = await Promise.all(Array.from({ length: 80 }, () => open(port.port)));
    await until('16 are refused', () => port.counters.tcpRefused === 16);
    expect(port.tcpConnections).toBe(64);
    // A client that is verified makes room.
    const last = clients.findLast(({ ended }) => !ended())!;
    last.socket.write(frame(await check(port.openConnection())));
    await until('it is answered', () => last.received.length === 1);
    await open(port.port);
    await until('one more is there', () => port.tcpConnections === 65);
  });

  test('goes on, whatever bytes come', async () => {
    const port = await openPort();
    const bytes = fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 60 }).map(frame)), {
      minLength: 1,
      maxLength: 5,
    });
    const verified = await check(port.openConnection());
    for (const [index, chunks] of fc.sample(bytes, { numRuns: 300, seed: 11 }).entries()) {
      const client = await open(port.port);
      if (index % 2) client.socket.write(frame(verified));
      for (const chunk of chunks) client.socket.write(chunk);
      client.socket.end();
      if (index % 20 === 19) await until('they are gone', () => port.tcpConnections === 0, { intervalMs: 5 });
    }
    const client = await open(port.port);
    client.socket.write(frame(verified));
    await until('the answer comes', () => client.received.length === 1);
  });
});

test('for a client that does not read, pictures are left out first, then all; memory does not grow', async () => {
  let from: RemoteAddress | undefined;
  const number = await freePort();
  const port = await TcpPort.listen({
    host: '127.0.0.1',
    port: number,
    received: (_, address) => (from = address),
    closed: () => undefined,
  });
  closers.push(() => port.close());
  const client = await open(number);
  client.socket.write(frame(Uint8Array.of(0)));
  await until('it is known', () => from);
  client.socket.pause();
  const [video, sound] = [new Uint8Array(1200).fill(0x80), new Uint8Array(200).fill(0x80)];
  const sendUntilDropped = async (packet: Uint8Array): Promise<number> => {
    const before = port.counters.tcpDropped;
    let sent = 0;
    await until('packets are dropped', () => {
      for (let i = 0; i < 1000; i++, sent++) port.send(packet, from!);
      return port.counters.tcpDropped - before > 900;
    });
    return sent;
  };
  await sendUntilDropped(video);
  const dropped = port.counters.tcpDropped;
  for (let i = 0; i < 100; i++) port.send(sound, from!);
  expect(port.counters.tcpDropped).toBe(dropped);
  await sendUntilDropped(sound);
  const waiting = port.counters.tcpDropped;
  port.send(Uint8Array.of(22, ...new Uint8Array(1100)), from!);
  expect(port.counters.tcpDropped).toBe(waiting + 1);

  // Once the client reads, whole packets come, and new ones again.
  client.socket.resume();
  await until('a new packet comes', () => {
    port.send(Uint8Array.of(23), from!);
    return client.received.at(-1)?.length === 1;
  });
  expect(new Set(client.received.map(({ length }) => length))).toEqual(new Set([1200, 200, 1]));
});
