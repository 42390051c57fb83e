import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_MESSAGE_BYTES } from '@muon/contract/message.ts';
import { SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
import { rpcErrorCodes, signalErrors, type SignalErrorCode } from '@muon/contract/signal-error.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenOptions } from '../support/fake-control-plane.ts';
import { LinkPeer } from '../support/link-peer.ts';
import { MediaNode } from '../support/media-node.ts';
import { RpcClient, type RpcMessage } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

let node: MediaNode;

beforeAll(async () => void (node = await MediaNode.start()));
afterAll(() => node[Symbol.asyncDispose]());

/** Does over a WebSocket what is refused with a code; gives the answer. */
type Provoke = () => Promise<RpcMessage>;

/** Where it takes more than a client or two: the test that is about it. */
interface Elsewhere {
  readonly file: string;
  readonly test: string;
}

const NO_TRACK = 'tk_0123456789abcdefghjkmnpqrs';
const limitsTest = 'test/media-node/limits.test.ts';

/** Each code that a node refuses by, and what is refused so: a code that is missing here is an error of types. */
const refusals: Readonly<Record<SignalErrorCode, Provoke | Elsewhere>> = {
  'invalid-request': async () => (await joined()).call('mute', { trackId: 7 }),
  'method-not-allowed': async () => (await joined()).call('explode', {}),
  unauthenticated: async () => (await open('garbage')).call('join', { sid: 'test' }),
  'token-expired': async () => (await open(await token({ ttlSeconds: -10 }))).call('join', { sid: 'test' }),
  forbidden: async () => (await joined()).call('removeParticipant', { identity: 'ada' }),
  'participant-banned': async () => {
    const moderator = await joined({ room: 'strict', identity: 'bob', grants: { admin: true } });
    await joined({ room: 'strict' });
    await moderator.call('removeParticipant', { identity: 'mallory', banSeconds: 3600 });
    return (await open(await token({ room: 'strict' }))).call('join', { sid: 'strict' });
  },
  'room-not-found': async () => (await open(await token())).call('join', { sid: 'elsewhere' }),
  'room-full': async () => {
    const small = { room: 'small', maxParticipants: 1 };
    await joined({ ...small, identity: 'bob' });
    return (await open(await token(small))).call('join', { sid: 'small' });
  },
  conflict: async () => (await joined()).call('join', { sid: 'test' }),
  'session-not-found': async () => (await open(await token())).call('resume', { resumeToken: 'none' }),
  'track-not-found': async () => (await joined()).call('subscribe', { trackIds: [NO_TRACK] }),
  'participant-not-found': async () =>
    (await joined({ grants: { admin: true } })).call('removeParticipant', { identity: 'nobody' }),
  'too-many-tracks': async () => {
    const publishers = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((identity) => LinkPeer.open(node, { identity, room: 'gallery' })),
    );
    const numbers = Array.from({ length: 52 }, (_, at) => at + 1);
    const trackIds = await Promise.all(
      publishers.flatMap((publisher) => numbers.map((number) => publisher.publish(number, 'audio'))),
    );
    const client = await joined({ room: 'gallery' }, { NoAutoSubscribe: true });
    expect((await client.call('subscribe', { trackIds: trackIds.slice(0, 256) })).error).toBeUndefined();
    return client.call('subscribe', { trackIds: trackIds.slice(256) });
  },
  'message-too-large': async () =>
    (await joined()).call('sendMessage', { topic: 'chat', data: 'x'.repeat(MAX_MESSAGE_BYTES + 1) }),
  'too-many-messages': async () => {
    const client = await joined();
    const message = { topic: 'chat', data: 'x'.repeat(MAX_MESSAGE_BYTES) };
    const answers = await Promise.all(Array.from({ length: 64 }, () => client.call('sendMessage', message)));
    return answers.find(({ error }) => error)!;
  },
  'too-many-handshakes': { file: limitsTest, test: 'are 250 of one address, over signalling and WHIP' },
  'no-node-available': { file: limitsTest, test: 'are 500 of a node' },
  'internal-error': { file: 'media-node/signal/rpc-socket.test.ts', test: 'a request that fails by a fault of ours' },
};

const provoked = Object.entries(refusals).flatMap(([code, how]) => (typeof how === 'function' ? [{ code, how }] : []));
const elsewhere = Object.entries(refusals).flatMap(([code, how]) =>
  typeof how === 'object' ? [{ code, ...how }] : [],
);

describe('a client is refused with', () => {
  test.each(provoked)('$code, which is counted and logged', async ({ code, how }) => {
    const before = await counted(code);
    const { error } = await how();
    expect(error?.data).toEqual({ code });
    expect(Object.values(rpcErrorCodes)).toContain(error!.code);
    expect(error!.message).not.toBe('');
    expect(await counted(code)).toBeGreaterThan(before);
    await until('the log says so', () => node.process.output().includes(`"code":"${code}"`));
    expect(node.process.exited()).toBe(false);
  });

  test.each(elsewhere)('$code, as another test shows', async ({ code, file, test: name }) => {
    const text = await readFile(join(import.meta.dirname, '../..', file), 'utf8');
    expect(text).toContain(`test('${name}`);
    expect(text).toContain(`'${code}'`);
  });

  test('nothing else: each code is told of once', () => {
    expect(Object.keys(refusals)).toEqual(Object.keys(signalErrors));
  });
});

const token = (options: Partial<TokenOptions> = {}): Promise<string> =>
  node.controlPlane.token({ identity: 'mallory', ...options });

const open = (accessToken: string): Promise<RpcClient> =>
  RpcClient.open(node.url('/ws'), accessToken, [SIGNAL_SUBPROTOCOL]);

async function joined(options: Partial<TokenOptions> = {}, config?: object): Promise<RpcClient> {
  const client = await open(await token(options));
  const { error } = await client.call('join', { sid: options.room ?? 'test', config });
  expect(error).toBeUndefined();
  return client;
}

async function counted(code: string): Promise<number> {
  const metrics = ['muon_refused_requests_total', 'muon_refused_tokens_total'];
  const counts = await Promise.all(metrics.map((metric) => node.metric(metric, `code="${code}"`)));
  return counts.reduce((sum, count) => sum + count);
}
