import { LINK_AUDIO_LEVEL_ID } from '@muon/contract/link.ts';
import { RESUME_WINDOW_MS, SIGNAL_SUBPROTOCOL, signalCloseCodes } from '@muon/contract/signal.ts';
import { roomState, signalNotices, type RoomState } from '@muon/contract/signal-notice.ts';
import { encodeRtp } from '@muon/wire/rtp/encode.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TokenOptions } from '../support/fake-control-plane.ts';
import { LinkPeer } from '../support/link-peer.ts';
import { MediaNode } from '../support/media-node.ts';
import { RpcClient, type RpcMessage } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

let node: MediaNode;
const clients: RpcClient[] = [];
let rooms = 0;

beforeAll(async () => void (node = await MediaNode.start()));
afterAll(() => node[Symbol.asyncDispose]());
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  rooms += 1;
  expect(node.process.exited()).toBe(false);
});

const room = (): string => `room-${rooms}`;

async function open(token?: string): Promise<RpcClient> {
  const client = await RpcClient.open(node.url('/ws'), token, [SIGNAL_SUBPROTOCOL]);
  clients.push(client);
  return client;
}

/** In the room, without media. */
async function join(identity: string, options: Omit<TokenOptions, 'identity'> = {}): Promise<RpcClient> {
  const client = await open(await node.controlPlane.token({ room: room(), ...options, identity }));
  const { error } = await client.call('join', { sid: room() });
  expect(error).toBeUndefined();
  return client;
}

async function stateOf(client: RpcClient): Promise<RoomState> {
  return roomState.parse((await client.notice('room')).params);
}

const codeOf = ({ error }: RpcMessage): string | undefined => error?.data?.code;

describe('a session whose WebSocket breaks', () => {
  /** Breaks the WebSocket as a network does: without a goodbye. */
  async function breakOff(client: RpcClient): Promise<void> {
    client.socket.terminate();
    await client.whenClosed();
  }

  test('goes on over another, without an access token, with what happened meanwhile', async () => {
    const ada = await join('ada');
    const bob = await join('bob');
    const { resumeToken } = await stateOf(ada);
    await breakOff(ada);
    await join('eve');
    expect((await bob.call('sendMessage', { topic: 'chat', data: 'meanwhile' })).result).toMatchObject({
      recipients: 2,
    });
    expect(bob.notices('event')).toMatchObject([{ type: 'participantJoined', participant: { identity: 'eve' } }]);

    const again = await open();
    const state = roomState.parse((await again.call('resume', { resumeToken })).result);
    expect(state.participants.map(({ identity }) => identity)).toEqual(['bob', 'eve']);
    expect(state.participant).toMatchObject({ identity: 'ada' });
    await again.notice('message');
    expect(again.notices('message')).toEqual([{ from: 'bob', topic: 'chat', data: 'meanwhile', encoding: 'text' }]);
    // The offer that was under way comes again.
    await again.notice('offer');
    expect((await again.call('updateSelf', { name: 'Countess' })).error).toBeUndefined();
    await until('bob hears it', () => bob.notices('event').length === 2);

    const late = await open();
    expect(codeOf(await late.call('resume', { resumeToken }))).toBe('session-not-found');
    expect((await late.whenClosed()).code).toBe(signalCloseCodes.unauthenticated);
    await breakOff(again);
    const third = await open();
    const { error } = await third.call('resume', { resumeToken: state.resumeToken });
    expect(error).toBeUndefined();
  });

  test('is taken over even while the other side believes that the old one is open', async () => {
    const ada = await join('ada');
    const { resumeToken } = await stateOf(ada);
    const again = await open();
    expect((await again.call('resume', { resumeToken })).error).toBeUndefined();
    expect(await ada.whenClosed()).toEqual({ code: signalCloseCodes.replaced, reason: 'conflict' });
    expect((await again.call('ping', {})).result).toMatchObject({ timeMs: expect.any(Number) });
  });

  test('is joined anew on the same WebSocket when there is nothing to resume', async () => {
    const client = await open(await node.controlPlane.token({ identity: 'ada', room: room() }));
    expect(codeOf(await client.call('resume', { resumeToken: 'none' }))).toBe('session-not-found');
    expect((await client.call('join', { sid: room() })).error).toBeUndefined();
  });

  test('ends when it is not resumed in time', async () => {
    const ada = await join('ada');
    const bob = await join('bob');
    await breakOff(ada);
    await until('ada has left', () => bob.notices('event').length === 1, { timeoutMs: RESUME_WINDOW_MS + 5000 });
    expect(bob.notices('event')).toEqual([{ type: 'participantLeft', identity: 'ada' }]);
  });

  test('ends at once with a goodbye', async () => {
    const ada = await join('ada');
    const bob = await join('bob');
    const { resumeToken } = await stateOf(ada);
    ada.socket.close(1000);
    await until('ada has left', () => bob.notices('event').length === 1);
    expect(codeOf(await (await open()).call('resume', { resumeToken }))).toBe('session-not-found');
  });

  test('ends when more waits for it than it may have', async () => {
    const ada = await join('ada');
    const bob = await join('bob');
    await breakOff(ada);
    const data = 'x'.repeat(65_536);
    for (let message = 0; message < 17; message += 1) await bob.call('sendMessage', { topic: 'bulk', data });
    await until('ada has left', () => bob.notices('event').length === 1);
  });
});

describe('a profile', () => {
  test('that its participant changes is seen by all; what the token gave stays', async () => {
    const ada = await join('ada', { attributes: { role: 'teacher' } });
    const bob = await join('bob');
    const changes = { name: 'Countess', attributes: { hand: 'up' } };
    expect((await ada.call('updateSelf', changes)).result).toEqual({
      name: 'Countess',
      attributes: { role: 'teacher', hand: 'up' },
    });
    const event = {
      type: 'participantChanged',
      identity: 'ada',
      name: 'Countess',
      attributes: { role: 'teacher', hand: 'up' },
    };
    await until('both are told', () => [ada, bob].every((client) => client.notices('event').length > 0));
    expect(bob.notices('event')).toEqual([event]);
    expect(signalNotices.event.parse(ada.notices('event').at(-1))).toEqual(event);
    expect((await ada.call('updateSelf', { attributes: { hand: null } })).result).toMatchObject({
      attributes: { role: 'teacher' },
    });
    expect(codeOf(await ada.call('updateSelf', { attributes: { role: 'owner' } }))).toBe('forbidden');
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, key) => [`key ${key}`, 'x'.repeat(1000)]));
    expect(codeOf(await ada.call('updateSelf', { attributes: many }))).toBe('invalid-request');
  });

  test('is not changed where the token forbids it', async () => {
    const ada = await join('ada', { grants: { updateSelf: false } });
    expect(codeOf(await ada.call('updateSelf', { name: 'Countess' }))).toBe('forbidden');
  });
});

describe('messages', () => {
  test('go to all, or to those who are named, as text or as bytes, to links as to clients', async () => {
    const ada = await join('ada');
    const bob = await join('bob');
    const link = await LinkPeer.open(node, { identity: 'phone', room: room() });
    const bytes = { topic: 'blob', data: Buffer.from([0, 255]).toString('base64'), encoding: 'base64' };
    expect((await ada.call('sendMessage', { topic: 'chat', data: 'all' })).result).toEqual({
      recipients: 2,
      missing: [],
    });
    expect((await ada.call('sendMessage', { ...bytes, to: ['phone', 'ghost'] })).result).toEqual({
      recipients: 1,
      missing: ['ghost'],
    });
    await link.notice('message', ({ topic }) => topic === 'blob');
    expect(link.notices.filter(({ type }) => type === 'message')).toEqual([
      { type: 'message', from: 'ada', topic: 'chat', data: 'all', encoding: 'text' },
      { type: 'message', from: 'ada', ...bytes },
    ]);
    link.request({ type: 'sendMessage', topic: 'muon.dtmf', data: '{"digit":"5","durationMs":100}', to: ['bob'] });
    await until('bob has two', () => bob.notices('message').length === 2);
    expect(bob.notices('message')[1]).toMatchObject({ from: 'phone', topic: 'muon.dtmf' });
    expect(ada.notices('message')).toEqual([]);
    link.request({ type: 'sendMessage', topic: 'chat', data: '', to: ['ghost'] });
    expect(await link.notice('refused')).toMatchObject({ code: 'participant-not-found' });
    link.close();
  });

  test('of 64 KB arrive; larger ones, and too many, are refused with a code', async () => {
    const ada = await join('ada');
    const bob = await join('bob');
    // Each character takes six in JSON.
    const data = '\u0001'.repeat(65_536);
    expect((await ada.call('sendMessage', { topic: 'bulk', data })).error).toBeUndefined();
    const { params } = await bob.notice('message');
    expect((params as { data: string }).data).toBe(data);
    expect(codeOf(await ada.call('sendMessage', { topic: 'bulk', data: `${data}x` }))).toBe('message-too-large');
    expect(codeOf(await ada.call('sendMessage', { topic: '', data }))).toBe('invalid-request');
    const answers = Array.from({ length: 40 }, () => ada.call('sendMessage', { topic: 'bulk', data }));
    expect(new Set((await Promise.all(answers)).map(codeOf))).toEqual(new Set([undefined, 'too-many-messages']));
  });

  test('are refused to those who may send none, and when nobody is there', async () => {
    const ada = await join('ada');
    const mute = await join('mute', { grants: { data: false } });
    expect(codeOf(await mute.call('sendMessage', { topic: 'chat', data: 'x' }))).toBe('forbidden');
    expect(codeOf(await ada.call('sendMessage', { topic: 'chat', data: 'x', to: ['ghost'] }))).toBe(
      'participant-not-found',
    );
  });
});

test('who speaks over a link is told by the level in its packets, and to those who come later at once', async () => {
  const ada = await join('ada');
  const link = await LinkPeer.open(node, { identity: 'phone', room: room() });
  await link.publish(0, 'audio');
  let seq = 0;
  const speak = (level: number): void => {
    const header = { payloadType: 111, marker: false, seq, timestamp: 960 * seq, ssrc: 1 };
    link.link.send([{ number: 0, packet: encodeRtp(header, Uint8Array.of(0xf8), { id: LINK_AUDIO_LEVEL_ID, level }) }]);
    seq += 1;
  };
  const last = (client: RpcClient) => client.notices('speakers').at(-1) as { speakers: { identity: string }[] };
  await until('the phone speaks', () => (speak(20), last(ada)?.speakers[0]?.identity === 'phone'), { intervalMs: 20 });
  const bob = await join('bob');
  await until('bob knows', () => (speak(20), last(bob)?.speakers[0]?.identity === 'phone'), { intervalMs: 20 });
  await until('nobody speaks', () => (speak(127), last(ada).speakers.length === 0), { intervalMs: 20 });
  link.close();
});

test('a client that does not read costs its own place, and no memory or message of others', async () => {
  const ada = await join('ada');
  const bob = await join('bob');
  const slow = await join('slow');
  slow.socket.pause();
  const data = 'x'.repeat(65_536);
  let sent = 0;
  await until(
    'the slow one is out',
    async () => {
      const { error } = await ada.call('sendMessage', { topic: 'bulk', data });
      if (!error) sent += 1;
      return ada.notices('event').some((event) => isLeft(event, 'slow'));
    },
    { timeoutMs: 60_000, intervalMs: 20 },
  );
  await until('bob has all', () => bob.notices('message').length === sent);
  // What the system itself keeps for a socket comes on top of what the node does.
  expect(sent * data.length).toBeLessThan(32 * 1024 * 1024);
  slow.socket.terminate();
}, 90_000);

describe('moderation', () => {
  const requests = {
    muteTrack: { trackId: 'tk_none', muted: true },
    setPermissions: { identity: 'bob', permissions: { publish: false } },
    removeParticipant: { identity: 'bob', reason: 'enough' },
    moveParticipant: { identity: 'bob', room: 'geometry', token: 'token' },
  };

  test.each(Object.entries(requests))('by %s is for moderators alone', async (method, params) => {
    await join('bob');
    expect(codeOf(await (await join('ada')).call(method, params))).toBe('forbidden');
    const moderator = await join('moderator', { grants: { admin: true } });
    const nobody = 'identity' in params ? { ...params, identity: 'nobody' } : params;
    const code = codeOf(await moderator.call(method, nobody));
    expect(code).toBe('identity' in params ? 'participant-not-found' : 'track-not-found');
  });

  test('changes what somebody may do, and tells', async () => {
    const moderator = await join('moderator', { grants: { admin: true } });
    const bob = await join('bob');
    const permissions = { data: false, sources: ['microphone'] };
    expect((await moderator.call('setPermissions', { identity: 'bob', permissions })).error).toBeUndefined();
    expect((await bob.notice('permissionsChanged')).params).toEqual({
      permissions: { publish: true, subscribe: true, ...permissions },
    });
    expect(codeOf(await bob.call('sendMessage', { topic: 'chat', data: 'x' }))).toBe('forbidden');
    await moderator.call('setPermissions', { identity: 'bob', permissions: { subscribe: false } });
    expect(codeOf(await bob.call('subscribe', { trackIds: ['tk_any'] }))).toBe('forbidden');
  });

  test('removes with a reason', async () => {
    const moderator = await join('moderator', { grants: { admin: true } });
    const bob = await join('bob');
    expect((await moderator.call('removeParticipant', requests.removeParticipant)).error).toBeUndefined();
    expect((await bob.notice('removed')).params).toEqual({ reason: 'enough' });
    expect(await bob.whenClosed()).toEqual({ code: signalCloseCodes.removed, reason: 'removed' });
    await until('bob is gone', () => moderator.notices('event').length === 2);
    const { resumeToken } = await stateOf(bob);
    expect(codeOf(await (await open()).call('resume', { resumeToken }))).toBe('session-not-found');
  });

  test('moves with a token for the other room', async () => {
    const moderator = await join('moderator', { grants: { admin: true } });
    const bob = await join('bob');
    expect((await moderator.call('moveParticipant', requests.moveParticipant)).error).toBeUndefined();
    expect((await bob.notice('moved')).params).toEqual({ room: 'geometry', token: 'token' });
    expect(await bob.whenClosed()).toEqual({ code: signalCloseCodes.moved, reason: 'moved' });
  });
});

test('a client of ion-sfu is told nothing that it does not know, and its broken WebSocket ends it', async () => {
  const moderator = await join('moderator', { grants: { admin: true } });
  const ion = await RpcClient.open(node.url('/ws'), await node.controlPlane.token({ identity: 'ion', room: room() }));
  clients.push(ion);
  await ion.call('join', { sid: room() });
  await moderator.call('sendMessage', { topic: 'chat', data: 'x' });
  await moderator.call('setPermissions', { identity: 'ion', permissions: { publish: false } });
  await ion.notice('offer');
  expect(new Set(ion.received.flatMap(({ method }) => method ?? []))).toEqual(new Set(['offer']));
  ion.socket.terminate();
  await until('it has left', () => moderator.notices('event').some((event) => isLeft(event, 'ion')));
});

function isLeft(event: unknown, identity: string): boolean {
  const { type, identity: who } = event as { type: string; identity?: string };
  return type === 'participantLeft' && who === identity;
}
