import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openLog } from '@muon/service/log.ts';
import { WebSocket, WebSocketServer } from 'ws';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MediaPort } from '../io/media-port.ts';
import { Metrics } from '../metrics.ts';
import { Rooms } from '../rooms.ts';
import { RpcSocket, type Answer } from './rpc-socket.ts';
import type { RpcRequest } from './rpc.ts';

let mediaPort: MediaPort;
let metrics: Metrics;
let server: WebSocketServer;
let client: WebSocket;

beforeEach(async () => {
  mediaPort = await MediaPort.open({ host: '127.0.0.1', port: 0 });
  metrics = new Metrics(new Rooms(), mediaPort);
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});

afterEach(async () => {
  client.terminate();
  server.close();
  await mediaPort.close();
});

/** Opens a WebSocket whose requests are carried out by `handle`. */
async function open(handle: (request: RpcRequest) => Promise<Answer>): Promise<void> {
  server.once('connection', (socket) => {
    const nothing = (): void => undefined;
    const log = openLog('test', 'silent');
    void new RpcSocket({ socket, metrics, log, handle, refused: nothing, tooSlow: nothing, ended: nothing });
  });
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(client, 'open');
}

async function answerTo(request: object): Promise<unknown> {
  client.send(JSON.stringify(request));
  const [answer] = (await once(client, 'message')) as [Buffer];
  return JSON.parse(answer.toString());
}

test('a request that fails by a fault of ours is answered without it, and the next one is carried out', async () => {
  await open(({ method }) => {
    if (method === 'fail') throw new TypeError('secret of the inside');
    return Promise.resolve({ result: method });
  });
  expect(await answerTo({ method: 'fail', id: 1 })).toEqual({
    jsonrpc: '2.0',
    id: 1,
    error: { code: 500, message: 'Something went wrong here.', data: { code: 'internal-error' } },
  });
  expect(await answerTo({ method: 'go on', id: 2 })).toEqual({ jsonrpc: '2.0', id: 2, result: 'go on' });
  expect(await metrics.registry.getSingleMetricAsString('muon_refused_requests_total')).toContain(
    '{code="internal-error"} 1',
  );
});

test('requests are carried out one at a time, in order', async () => {
  const order: string[] = [];
  await open(async ({ method }) => {
    order.push(`begin ${method}`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`end ${method}`);
    return { result: null };
  });
  for (const method of ['a', 'b']) client.send(JSON.stringify({ method }));
  await answerTo({ method: 'c', id: 3 });
  expect(order).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
});
