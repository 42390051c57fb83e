import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { SIGNAL_SUBPROTOCOL, signalCloseCodes } from '@muon/contract/signal.ts';
import { afterEach, expect, test } from 'vitest';
import { openSignalSocket, toCloseError } from './signal-socket.ts';

const servers: WebSocketServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws` };
}

test('shows its token, and says that it understands more than ion-sfu', async () => {
  const { server, url } = await listen();
  const asked = new Promise((resolve) =>
    server.once('connection', (socket, request) => resolve([request.url, socket.protocol])),
  );
  const socket = await openSignalSocket({ url, accessToken: 'a.b+c' });
  await expect(asked).resolves.toEqual(['/ws?access_token=a.b%2Bc', SIGNAL_SUBPROTOCOL]);
  socket.close();
});

test('says when nobody answers', async () => {
  await expect(openSignalSocket({ url: 'ws://127.0.0.1:1/ws', accessToken: '' })).rejects.toMatchObject({
    code: 'unreachable',
  });
});

test('only a close that another join would meet again is told apart', () => {
  const codes = Object.fromEntries(
    Object.entries(signalCloseCodes).map(([name, code]) => [name, toCloseError(code, '').code]),
  );
  const { invalidRequest, forbidden, replaced, removed, moved, ...others } = codes;
  expect([invalidRequest, forbidden, replaced]).toEqual(['invalid-request', 'forbidden', 'replaced']);
  expect([removed, moved]).toEqual(['removed', 'moved']);
  expect(new Set(Object.values(others))).toEqual(new Set(['unreachable']));
});
