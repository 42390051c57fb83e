import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { until } from '@muon/test/support/until.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAllowedAddress, toTargetCheck } from './target.ts';
import { toSender } from './send.ts';

let server: Server;
let sockets: Set<Socket>;
/** What is done with a connection. */
let answer: (socket: Socket) => void;
beforeEach(async () => {
  sockets = new Set();
  answer = (socket) => void socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    // Unread, it would never notice its end.
    socket.resume();
    socket.on('close', () => sockets.delete(socket));
    answer(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

const send = toSender({ targets: 'loopback', timeoutMs: 300 });
const message = (url = at('127.0.0.1')) => ({ url, headers: { 'webhook-id': 'ev_1' }, body: '{"ü":1}' });
const at = (host: string) => `http://${host}:${(server.address() as AddressInfo).port}/`;

describe('a message', () => {
  test('is sent whole', async () => {
    let got = '';
    answer = (socket) =>
      void socket.on('data', (data) => {
        got += data.toString();
        if (got.endsWith('}')) socket.end('HTTP/1.1 200 OK\r\n\r\n');
      });
    expect(await send(message())).toEqual({ statusCode: 200 });
    expect(got).toMatch(/^POST \/ HTTP\/1.1\r\nwebhook-id: ev_1\r\n.*content-length: 8\r\n.*\r\n\r\n\{"ü":1\}$/s);
  });

  test.each([
    ['nothing', (socket: Socket) => void socket],
    ['half a head, for ever', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nx: ')],
    ['a head that drips', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', 'x: y\r\n')],
    ['interim answers without end', (socket: Socket) => drip(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n')],
  ])('that is answered with %s ends in its time', async (_, behave) => {
    answer = behave;
    const startedMs = performance.now();
    expect(await send(message())).toEqual({ error: 'no answer within 300 ms' });
    expect(performance.now() - startedMs).toBeLessThan(2000);
    await until('the connection is closed', () => sockets.size === 0);
  });

  test.each([
    ['a body without end', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(65_536))],
    ['a body that is too long', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n', 'xx')],
  ])('that is answered with %s has its status, and nothing else is read', async (_, behave) => {
    answer = (socket) => void socket.once('data', () => behave(socket));
    expect(await send(message())).toEqual({ statusCode: 200 });
    await until('the connection is closed', () => sockets.size === 0);
  });

  test.each([
    ['noise', Buffer.from([0, 255, 1, 2, 13, 10, 13, 10])],
    ['a head without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`],
    ['an end', ''],
  ])('that is answered with %s has failed', async (_, bytes) => {
    answer = (socket) => void socket.once('data', () => socket.end(bytes));
    expect(await send(message())).toEqual({ error: expect.any(String) as string });
  });

  test('to nobody has failed', async () => {
    const url = at('127.0.0.1');
    server.close();
    expect(await send(message(url))).toEqual({ error: 'connection refused' });
    expect(await send(message('https://name.invalid/'))).toMatchObject({
      error: expect.stringMatching(/name/) as string,
    });
  });
});

test('a name that leads into a private network is not followed there', async () => {
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const outside = toSender({ targets: 'public', timeoutMs: 300 });
  const url = at('localhost').replace('http:', 'https:');
  expect(await outside(message(url))).toEqual({ error: 'not a public address' });
  expect(await outside(message(at('localhost')))).toEqual({ error: 'Expected https' });
  expect(connections).toBe(0);
  expect(await send(message(at('localhost')))).toEqual({ statusCode: 204 });
});

test.each(['8.8.8.8', '1.1.1.1', '100.63.0.1', '172.32.0.1', '2606:4700::1111', '2a00:1450::1'])(
  '%s is a public address',
  (address) => expect(isAllowedAddress(address, 'public')).toBe(true),
);

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::a00:1',
  '2001::1',
  '2001:db8::1',
  '2002:a00:1::',
  'fc00::1',
  'fd00::1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  'localhost',
  '',
])('%s is no public address', (address) => {
  expect(isAllowedAddress(address, 'public')).toBe(false);
  expect(isAllowedAddress(address, 'loopback')).toBe(['127.0.0.1', '::1'].includes(address));
});

test.each([
  ['public', 'https://example.com/', undefined],
  ['public', 'http://example.com/', 'Expected https'],
  ['public', 'https://127.0.0.1/', 'Not a public address'],
  ['loopback', 'http://localhost:3000/', undefined],
  ['loopback', 'http://[::1]:3000/', undefined],
  ['loopback', 'http://example.com/', 'Expected https'],
  ['loopback', 'https://10.0.0.1/', 'Not a public address'],
  ['any', 'http://10.0.0.1/', undefined],
] as const)('with %s addresses, %s: %s', (targets, url, wrong) => {
  expect(toTargetCheck(targets)(url)).toBe(wrong);
});

/** Writes without end, as fast as it is taken. */
function drip(socket: Socket, first: string, more: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(more), 5);
  socket.on('close', () => clearInterval(timer));
}
