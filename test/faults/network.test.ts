import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Network } from '../support/network.ts';
import { until } from '../support/until.ts';

let network: Network;
/** In place of a node. */
let node: Socket;
let client: Socket;
let arrivals: { readonly atMs: number; readonly sentMs: number; readonly from: RemoteInfo }[];

beforeEach(async () => {
  network = await Network.start();
  node = await open();
  client = await open();
  arrivals = [];
  node.on('message', (packet, from) =>
    arrivals.push({ atMs: performance.now(), sentMs: packet.readDoubleBE(0), from }),
  );
  await network.attach({ mediaPort: node.address().port, httpPort: 9 });
});

afterEach(async () => {
  client.close();
  node.close();
  await network[Symbol.asyncDispose]();
});

async function open(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

function send(bytes = 200): void {
  const packet = Buffer.alloc(bytes);
  packet.writeDoubleBE(performance.now());
  client.send(packet, Number(network.settings['MUON_PUBLIC_MEDIA_PORT']), '127.0.0.1');
}

function whenClosed(socket: TcpSocket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('close', resolve);
  });
}

async function sendMany(count: number, everyMs: number, bytes?: number): Promise<void> {
  const startedMs = performance.now();
  for (let sent = 0; sent < count;) {
    while (sent < count && performance.now() - startedMs >= sent * everyMs) {
      send(bytes);
      sent++;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test('packets go through a NAT to the node, and back', async () => {
  const back: Buffer[] = [];
  client.on('message', (packet) => back.push(packet));
  send();
  const { from } = await until('the packet', () => arrivals[0]);
  const [flow] = await network.flows();
  expect(flow).toMatchObject({
    clientPort: client.address().port,
    outside: { address: from.address, port: from.port },
  });
  expect(from.port).not.toBe(client.address().port);
  node.send('answer', from.port, from.address);
  await until('the answer', () => back.length === 1);
});

test('a delay is kept, to some milliseconds', async () => {
  await network.set({ up: { delayMs: 50 } });
  await sendMany(100, 5);
  await until('all arrive', () => arrivals.length === 100);
  const delaysMs = arrivals.map(({ atMs, sentMs }) => atMs - sentMs).sort((a, b) => a - b);
  expect(delaysMs[0]).toBeGreaterThan(49);
  // The median, since a busy machine delays some packets all by itself.
  expect(delaysMs[50]).toBeLessThan(55);
});

test('a rate is kept, to five in a hundred', async () => {
  await network.set({ up: { rate: { bitrateBps: 1_000_000, queueMs: 200 } } });
  const sent = sendMany(500, 4, 972);
  await until('packets arrive', () => arrivals.length > 20);
  const [first, last] = [arrivals.length, (await sent, arrivals.length)];
  const bits = (last - first) * 1000 * 8;
  const bitrateBps = (bits * 1000) / (arrivals[last - 1]!.atMs - arrivals[first - 1]!.atMs);
  expect(bitrateBps / 1_000_000).toBeGreaterThan(0.95);
  expect(bitrateBps / 1_000_000).toBeLessThan(1.05);
});

test('a loss in one direction leaves the other alone', async () => {
  await network.set({ down: { loss: 1 } });
  send();
  const { from } = await until('the packet', () => arrivals[0]);
  node.send('answer', from.port, from.address);
  await until('the answer is lost', async () => (await network.flows())[0]!.down.lost === 1);
  expect((await network.flows())[0]!.up.lost).toBe(0);
});

test('after a rebind the client comes from another port and address', async () => {
  send();
  const before = await until('a packet', () => arrivals[0]);
  await network.rebind('127.0.0.2');
  send();
  const after = await until('another', () => arrivals[1]);
  expect(after.from.address).toBe('127.0.0.2');
  expect(after.from.port).not.toBe(before.from.port);
});

test('TCP connections break when they are cut, and can be made again later', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await network.attach({ mediaPort: 9, httpPort: (server.address() as AddressInfo).port });
  const port = Number(new URL(network.settings['MUON_NODE_URL']!).port);
  const dial = (): TcpSocket => connect(port, '127.0.0.1').on('error', () => undefined);
  const first = dial();
  first.write('hello');
  await once(first, 'data');
  const closed = whenClosed(first);
  await network.cutTcp();
  await closed;
  await whenClosed(dial());
  await network.mendTcp();
  const second = dial();
  second.write('hello');
  await once(second, 'data');
  second.destroy();
  await until('it is gone', async () => (await network.tcpConnections()) === 0);
  server.close();
});
