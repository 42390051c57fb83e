import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Node } from '../domain/node.ts';
import { HttpNodeClient } from './http-node-client.ts';

let server: Server;
let node: Node;
let seen: string[];

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`);
    response.statusCode = request.url === '/refused' ? 401 : 200;
    response.end(request.url === '/text' ? 'hello' : '{"data":[]}');
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
  expect(await client.get(node, '/rooms/rm_1/participants', 'secret')).toEqual({ data: [] });
  expect(seen).toEqual(['/rooms/rm_1/participants Bearer secret']);
});

test('a node that refuses, answers no JSON, or is gone, is unreachable', async () => {
  for (const path of ['/refused', '/text'] as const) {
    await expect(client.get(node, path, 't')).rejects.toMatchObject({ code: 'node-unreachable' });
  }
  server.close();
  server.closeAllConnections();
  await expect(client.get(node, '/', 't')).rejects.toMatchObject({ code: 'node-unreachable' });
});
