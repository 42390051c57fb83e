import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Node } from '../domain/node.ts';
import { HttpNodeClient } from './http-node-client.ts';

let server: Server;
let node: Node;
let seen: string[];

beforeEach(async () => {
  seen = [];
  server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    seen.push([method, url, headers.authorization, headers['content-type'], await text(request)].join(' ').trim());
    const refused = /^\/refused\/(\d+)\/(.+)$/.exec(url ?? '');
    response.statusCode = Number(refused?.[1] ?? 200);
    const problem = { type: '', title: '', status: response.statusCode, code: refused?.[2], detail: 'Because.' };
    response.end(url === '/text' ? 'hello' : JSON.stringify(refused ? problem : { data: [] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  node = { id: 'nd_1', url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws` } as Node;
});

afterEach(() => {
  server.close();
});

const client = new HttpNodeClient();

test('a node is asked at the address of its clients, with the token', async () => {
  expect(await client.ask(node, { path: '/rooms/rm_1/participants', token: 'secret' })).toEqual({ data: [] });
  expect(seen).toEqual(['GET /rooms/rm_1/participants Bearer secret']);
});

test('what has a body is sent as JSON', async () => {
  await client.ask(node, { path: '/rooms/rm_1/commands/muteTrack', token: 't', body: { muted: true } });
  expect(seen).toEqual(['POST /rooms/rm_1/commands/muteTrack Bearer t application/json {"muted":true}']);
});

test('what the node says of the thing that was asked for is told', async () => {
  const asked = client.ask(node, { path: '/refused/404/track-not-found', token: 't', body: {} });
  await expect(asked).rejects.toMatchObject({ code: 'track-not-found', message: 'Because.' });
});

test('a node that refuses, answers no JSON, or is gone, is unreachable', async () => {
  for (const path of ['/refused/401/unauthenticated', '/refused/404/not-found', '/text'] as const) {
    await expect(client.ask(node, { path, token: 't' })).rejects.toMatchObject({ code: 'node-unreachable' });
  }
  server.close();
  server.closeAllConnections();
  await expect(client.ask(node, { path: '/', token: 't' })).rejects.toMatchObject({ code: 'node-unreachable' });
});
