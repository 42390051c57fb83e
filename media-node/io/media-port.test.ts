import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decodeStun, encodeBindingRequest, stunTypes } from '@muon/wire/stun/message.ts';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { publisherOffer } from '../negotiation/offer.fixture.ts';
import type { Connection } from './connection.ts';
import { TooManyHandshakesError } from './handshakes.ts';
import { MediaPort, type MediaPortOptions } from './media-port.ts';

let port: MediaPort;
let client: Socket;
let received: Buffer[];

beforeEach(async () => {
  port = await MediaPort.open({ host: '127.0.0.1', port: 0 });
  received = [];
  client = await openClient();
});

afterEach(async () => {
  client.close();
  await port.close();
});

async function openClient(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  socket.on('message', (bytes) => received.push(bytes));
  await once(socket, 'listening');
  return socket;
}

interface Credentials {
  readonly ufrag: string;
  readonly password: string;
}

async function credentialsOf(connection: Connection): Promise<Credentials> {
  const sdp = await connection.answer(publisherOffer);
  return { ufrag: /a=ice-ufrag:(\S+)/.exec(sdp)![1]!, password: /a=ice-pwd:(\S+)/.exec(sdp)![1]! };
}

function check({ ufrag, password }: Credentials): Uint8Array {
  const hmac = (covered: Uint8Array): Uint8Array => createHmac('sha1', password).update(covered).digest();
  return encodeBindingRequest(randomBytes(12), { username: `${ufrag}:client`, useCandidate: true, hmac });
}

/** Sends a check and gives what comes back for it. */
function answerTo(request: Uint8Array, from = client): Promise<Buffer> {
  from.send(request, port.port, '127.0.0.1');
  const transaction = Buffer.from(request.subarray(8, 20));
  const isAnswer = (message: Buffer): boolean => transaction.equals(message.subarray(8, 20));
  return until('an answer comes', () => received.find(isAnswer), { intervalMs: 2 });
}

test('descriptions name the address and the port that clients reach, where a NAT stands in front', async () => {
  const behindNat = await MediaPort.open({
    host: '127.0.0.1',
    port: 0,
    publicAddresses: ['203.0.113.1'],
    publicPort: 40_001,
  });
  const sdp = await behindNat.openConnection().answer(publisherOffer);
  expect(sdp).toContain(' 203.0.113.1 40001 typ host');
  expect(sdp).not.toContain(` ${behindNat.port} typ`);
  await behindNat.close();
});

/** The code of an error answer. */
function codeOf(answer: Buffer): number | undefined {
  if (decodeStun(answer).type !== stunTypes.bindingError) return undefined;
  return 100 * answer[26]! + answer[27]!;
}

describe('a check', () => {
  test('of a client is answered, signed, with where it came from', async () => {
    const credentials = await credentialsOf(port.openConnection());
    const answer = decodeStun(await answerTo(check(credentials)));
    expect(answer).toMatchObject({ type: stunTypes.bindingSuccess, fingerprintValid: true });
    const expected = createHmac('sha1', credentials.password).update(answer.integrity!.covered).digest();
    expect([...answer.integrity!.hmac]).toEqual([...expected]);
    expect(port.counters).toMatchObject({ checks: 1, checksRefused: 0 });
  });

  test('with a guessed user name or password is refused and counted', async () => {
    const credentials = await credentialsOf(port.openConnection());
    expect(codeOf(await answerTo(check({ ...credentials, password: 'guessed' })))).toBe(401);
    expect(codeOf(await answerTo(check({ ...credentials, ufrag: 'guessed' })))).toBe(401);
    expect(port.counters).toMatchObject({ checks: 0, checksRefused: 2 });
  });

  test('without a fingerprint, or of a bit changed on the way, gets no answer', async () => {
    const credentials = await credentialsOf(port.openConnection());
    const changed = check(credentials);
    changed[30]! ^= 1;
    client.send(changed, port.port, '127.0.0.1');
    await answerTo(check(credentials));
    expect(received).toHaveLength(1);
    expect(port.counters.checksRefused).toBe(1);
  });

  test('for a connection that is closed is refused', async () => {
    const connection = port.openConnection();
    const credentials = await credentialsOf(connection);
    await answerTo(check(credentials));
    connection.close();
    expect(codeOf(await answerTo(check(credentials)))).toBe(401);
  });

  test('by the credentials before an ICE restart counts until the new ones are used', async () => {
    const connection = port.openConnection();
    const old = await credentialsOf(connection);
    const restarted = await connection.answer(publisherOffer.replaceAll(/a=ice-ufrag:\S+/g, 'a=ice-ufrag:again'));
    const renewed = {
      ufrag: /a=ice-ufrag:(\S+)/.exec(restarted)![1]!,
      password: /a=ice-pwd:(\S+)/.exec(restarted)![1]!,
    };
    expect(renewed.ufrag).not.toBe(old.ufrag);
    expect(codeOf(await answerTo(check(old)))).toBeUndefined();
    expect(codeOf(await answerTo(check(renewed)))).toBeUndefined();
    expect(codeOf(await answerTo(check(old)))).toBe(401);
  });
});

describe('a connection', () => {
  async function opened(options: Partial<MediaPortOptions>): Promise<MediaPort> {
    await port.close();
    port = await MediaPort.open({ host: '127.0.0.1', port: 0, ...options });
    return port;
  }

  test('that is not connected in time ends', async () => {
    const connection = (await opened({ handshakeTimeoutMs: 20 })).openConnection();
    const [event] = await once(connection, 'closed');
    expect(event).toEqual({ reason: 'handshake-timeout' });
    expect(port.connections).toBe(0);
  });

  test('beyond the handshakes that may be under way is refused', async () => {
    await opened({ maxHandshakes: 2 });
    port.openConnection();
    const second = port.openConnection();
    expect(() => port.openConnection()).toThrow(TooManyHandshakesError);
    second.close();
    second.close();
    expect(() => port.openConnection()).not.toThrow();
  });

  test('beyond those of one address is refused, which harms no other address', async () => {
    await opened({ maxHandshakesOfAddress: 1 });
    port.openConnection({ address: '192.0.2.1' });
    const again = (): Connection => port.openConnection({ address: '192.0.2.1' });
    expect(again).toThrow(expect.objectContaining({ code: 'too-many-handshakes' }));
    expect(() => port.openConnection({ address: '192.0.2.2' })).not.toThrow();
  });

  test('is not answered from where too many shake hands, until one of them ends', async () => {
    await opened({ maxHandshakesOfAddress: 1 });
    const [first, second] = [port.openConnection(), port.openConnection()];
    const [ofFirst, ofSecond] = [await credentialsOf(first), await credentialsOf(second)];
    await answerTo(check(ofFirst));
    client.send(check(ofSecond), port.port, '127.0.0.1');
    // The first goes on to be answered, from other ports of its address, too.
    const other = await openClient();
    await answerTo(check(ofFirst), other);
    other.close();
    expect(received).toHaveLength(2);
    expect(port.counters).toMatchObject({ checks: 2, checksDeferred: 1 });
    first.close();
    expect(decodeStun(await answerTo(check(ofSecond))).type).toBe(stunTypes.bindingSuccess);
  });

  test('advertises the public addresses', async () => {
    await opened({ publicAddresses: ['192.0.2.1', '192.0.2.2'] });
    const sdp = await port.openConnection().answer(publisherOffer);
    expect(sdp).toContain(` 192.0.2.1 ${port.port} typ host`);
    expect(sdp).toContain(` 192.0.2.2 ${port.port} typ host`);
  });
});

test('whatever bytes come, from strangers and from a client that has checked, the port goes on', async () => {
  const credentials = await credentialsOf(port.openConnection());
  await answerTo(check(credentials));
  const stranger = await openClient();
  const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
  // Each protocol's first byte and a plausible header, so that the garbage gets past the first look.
  const dtls = fc
    .tuple(fc.constantFrom(20, 21, 22, 23, 24, 63), fc.nat(2), fc.uint8Array({ maxLength: 120 }))
    .map(([type, epoch, body]) => [type, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 1, 0, body.length, ...body]);
  const handshake = fc
    .tuple(fc.constantFrom(1, 2, 11, 14, 15, 16, 20), fc.uint8Array({ maxLength: 90 }))
    .map(([type, body]) => {
      const length = [0, 0, body.length];
      const message = [type, ...length, 0, 0, 0, 0, 0, ...length, ...body];
      return [22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, message.length, ...message];
    });
  const stun = fc
    .tuple(fc.nat(3), anyBytes)
    .map(([first, body]) => [first, 1, 0, body.length & ~3, 0x21, 0x12, 0xa4, 0x42, ...body]);
  const srtp = fc.tuple(fc.integer({ min: 128, max: 191 }), anyBytes).map(([first, body]) => [first, ...body]);
  const inputs = fc.sample(
    fc.oneof(
      anyBytes.map((bytes) => [...bytes]),
      dtls,
      handshake,
      stun,
      srtp,
    ),
    { numRuns: 4000, seed: 7 },
  );
  for (const [index, input] of inputs.entries()) {
    (index % 2 ? client : stranger).send(Uint8Array.from(input), port.port, '127.0.0.1');
    // Leaves the socket's buffer room.
    if (index % 100 === 99) await answerTo(check(credentials));
  }
  stranger.close();
  expect(decodeStun(await answerTo(check(credentials))).type).toBe(stunTypes.bindingSuccess);
  const { garbage, checksRefused, unknownSource, dtlsUnknownSource } = port.counters;
  expect(garbage).toBeGreaterThan(100);
  expect(checksRefused + garbage + unknownSource + dtlsUnknownSource).toBeGreaterThan(1500);
}, 60_000);
