import type { AddressInfo } from 'node:net';
import type { RoomState } from '@muon/contract/signal-notice.ts';
import { WebSocketServer, type WebSocket } from 'ws';
import { afterEach, expect, test } from 'vitest';
import { Signaling, type SignalingListener } from './signaling.ts';

interface Request {
  readonly method: string;
  readonly id?: number;
  readonly params: unknown;
}

/** A node as far as signalling goes: each WebSocket that was opened, and what came over it besides pings. */
class FakeNode {
  readonly server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  readonly sockets: WebSocket[] = [];
  readonly requests: Request[] = [];
  /** What it answers; nothing when undefined. */
  answer: (request: Request) => object | undefined = ({ method }) =>
    method === 'resume' ? { result: stateOf('second') } : { result: method };

  constructor() {
    this.server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('message', (data: Buffer) => {
        const request = JSON.parse(data.toString()) as Request;
        if (request.method !== 'ping') this.requests.push(request);
        const answer = this.answer(request);
        if (answer && request.id !== undefined) socket.send(JSON.stringify({ id: request.id, ...answer }));
      });
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/ws`;
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
    this.server.close();
  }
}

const stateOf = (resumeToken: string) => ({ resumeToken, participants: [], published: [] }) as unknown as RoomState;

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

/** A conversation that has joined, and what it tells. */
async function open(mediaFlows = true) {
  const node = new FakeNode();
  opened.push(node);
  await new Promise((resolve) => node.server.once('listening', resolve));
  const told: string[] = [];
  const listener: SignalingListener = {
    noticed: ({ method }) => told.push(method),
    negotiated: (method) => told.push(method),
    interrupted: () => told.push('interrupted'),
    resumed: ({ resumeToken }) => told.push(`resumed ${resumeToken}`),
    mediaFlows: () => Promise.resolve(mediaFlows),
    lost: ({ code }) => told.push(`lost ${code}`),
  };
  const signaling = await Signaling.open({ url: node.url, accessToken: 'token' }, listener);
  opened.push(signaling);
  await expect.poll(() => node.sockets.length).toBe(1);
  node.sockets[0]!.send(JSON.stringify({ method: 'room', params: stateOf('first') }));
  await expect.poll(() => told).toEqual(['room']);
  return { node, signaling, told };
}

test('a WebSocket that breaks is resumed by the last token, and requests go on over the next', async () => {
  const { node, signaling, told } = await open();
  node.sockets[0]!.terminate();
  await expect.poll(() => told).toEqual(['room', 'interrupted', 'resumed second']);
  expect(node.requests).toMatchObject([{ method: 'resume', params: { resumeToken: 'first' } }]);
  await expect(signaling.request('ping', {})).resolves.toBe('ping');
  node.sockets[1]!.terminate();
  await expect.poll(() => told.filter((name) => name.startsWith('resumed')).length).toBe(2);
  expect(node.requests.at(-1)).toMatchObject({ params: { resumeToken: 'second' } });
});

test('a request whose answer was lost fails, and one made meanwhile waits for the next WebSocket', async () => {
  const { node, signaling } = await open();
  const answer = node.answer;
  node.answer = (request) => (request.method === 'offer' ? undefined : answer(request));
  const lost = signaling.request('offer', { desc: { type: 'offer', sdp: '' } });
  await expect.poll(() => node.requests.length).toBe(1);
  node.sockets[0]!.terminate();
  await expect(lost).rejects.toMatchObject({ code: 'interrupted' });
  await expect(signaling.request('ping', {})).resolves.toBe('ping');
  expect(node.requests.map(({ method }) => method)).toEqual(['offer', 'resume']);
});

test('a node that knows nothing of the session is not asked again', async () => {
  const { node, told } = await open();
  node.answer = () => ({ error: { code: 404, message: '', data: { code: 'session-not-found' } } });
  node.sockets[0]!.terminate();
  await expect.poll(() => told).toEqual(['room', 'interrupted', 'lost session-not-found']);
  expect(node.requests).toHaveLength(1);
});

test('a close that the node decided is not resumed', async () => {
  const { node, told } = await open();
  node.sockets[0]!.close(4409, 'conflict');
  await expect.poll(() => told).toEqual(['room', 'lost replaced']);
  expect(node.sockets).toHaveLength(1);
});

test('a node that is gone, media and all, is given up soon', async () => {
  const { node, told } = await open(false);
  node.close();
  await expect.poll(() => told, { timeout: 5000 }).toEqual(['room', 'interrupted', 'lost unreachable']);
});

test('a WebSocket over which no answer comes any more is as good as broken', async () => {
  const { node, signaling, told } = await open();
  const answer = node.answer;
  node.answer = (request) => (request.method === 'ping' ? undefined : answer(request));
  await signaling.check(50);
  await expect.poll(() => told).toEqual(['room', 'interrupted', 'resumed second']);
});

test('whoever is in a hurry does not wait for one who is not', async () => {
  const { node, signaling, told } = await open();
  const answer = node.answer;
  node.answer = (request) => (request.method === 'ping' ? undefined : answer(request));
  void signaling.check(20_000);
  await signaling.check(50);
  await expect.poll(() => told).toEqual(['room', 'interrupted', 'resumed second']);
});

test('a node that answered at once lately is not waited for longer than it takes to be sure', async () => {
  const { node, signaling, told } = await open();
  const answer = node.answer;
  node.answer = (request) => (request.method === 'ping' ? undefined : answer(request));
  const startedMs = performance.now();
  await signaling.check();
  expect(performance.now() - startedMs).toBeLessThan(1000);
  await expect.poll(() => told).toEqual(['room', 'interrupted', 'resumed second']);
});

test('what is closed says nothing more, and does not come back', async () => {
  const { node, signaling, told } = await open();
  signaling.close();
  await expect(signaling.request('ping', {})).rejects.toMatchObject({ code: 'left' });
  await expect.poll(() => node.sockets[0]!.readyState).toBe(3);
  expect(told).toEqual(['room']);
  expect(node.sockets).toHaveLength(1);
});
