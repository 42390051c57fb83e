import { publicRoutes } from '@muon/contract/routes.ts';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Api, toHttp } from './api.ts';
import { operations } from './operations.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** An API that answers everything alike, and notes what it was asked. */
async function answering(status: number, type: string, body: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { api: new Api({ apiUrl, key: 'mk_1_secret' }), asked };
}

describe('an operation as HTTP', () => {
  test('knows every public route of the contract', () => {
    expect(operations).toEqual(
      Object.fromEntries(Object.entries(publicRoutes).map(([name, { method, path }]) => [name, `${method} ${path}`])),
    );
  });

  test('has its parameters encoded in the path', () => {
    expect(toHttp('getRoom', { params: { room: 'a/b c' } }).path).toBe('/v1/rooms/a%2Fb%20c');
  });

  test('leaves out what the query does not say', () => {
    expect(toHttp('listEgresses', { query: { room: 'algebra', cursor: undefined, limit: 5 } }).path).toBe(
      '/v1/egresses?room=algebra&limit=5',
    );
  });
});

describe('a call', () => {
  test('carries the key and gives the answer', async () => {
    const { api, asked } = await answering(200, 'application/json', '{"data":[]}');
    await expect(api.call('listRooms', { query: { limit: 3 } })).resolves.toEqual({ data: [] });
    expect(asked).toEqual(['GET /v1/rooms?limit=3 Bearer mk_1_secret']);
  });

  test('gives nothing for 204', async () => {
    const { api } = await answering(204, 'text/plain', '');
    await expect(api.call('deleteRoom', { params: { room: 'algebra' } })).resolves.toBeUndefined();
  });

  test('tells a problem by its code, with the places that do not fit', async () => {
    const problem = {
      type: '/problems/invalid-request',
      title: 'The request does not fit the schema',
      status: 400,
      code: 'invalid-request',
      errors: [{ path: 'name', message: 'too long' }],
    };
    const { api } = await answering(400, 'application/problem+json', JSON.stringify(problem));
    await expect(api.call('createRoom', { body: {} })).rejects.toMatchObject({
      code: 'invalid-request',
      title: problem.title,
      message: 'name: too long',
      status: 400,
    });
  });

  test('survives an answer that is no problem', async () => {
    const { api } = await answering(502, 'text/html', '<h1>Bad gateway</h1>');
    await expect(api.call('listRooms', {})).rejects.toMatchObject({ code: 'internal-error', status: 502 });
  });

  test('says when nobody answers', async () => {
    const api = new Api({ apiUrl: 'http://127.0.0.1:1', key: 'mk_1_secret' });
    await expect(api.call('listRooms', {})).rejects.toMatchObject({ code: 'unreachable' });
  });
});
