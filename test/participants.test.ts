import type { Joined } from '@muon/contract/join.ts';
import type { ParticipantStats } from '@muon/contract/participant-stats.ts';
import { SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
import { Receiver } from '@muon/functions/delivery/receiver.fixture.ts';
import { Link } from '@muon/service/link-client.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Muon } from './support/muon.ts';
import { RpcClient } from './support/rpc-client.ts';
import { until } from './support/until.ts';

let muon: Muon;
beforeAll(async () => {
  muon = await Muon.start({ MUON_API_RATE: '1000' });
});
afterAll(() => muon[Symbol.asyncDispose]());

let room: string;
beforeEach(async () => {
  room = (await muon.api<{ name: string }>('POST', '/v1/rooms', {})).name;
});

async function mint(identity: string): Promise<string> {
  const body = { identity, attributes: { role: 'pupil' } };
  return (await muon.api<{ token: string }>('POST', `/v1/rooms/${room}/tokens`, body)).token;
}

/** The answer to `POST /v1/join`, a refusal included. */
async function askToJoin(token: string): Promise<Joined & { code?: string }> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${muon.apiUrl}/v1/join`, { method: 'POST', headers })).json() as never;
}

/** In the room, over its WebSocket alone. */
async function join(token: string, protocols = [SIGNAL_SUBPROTOCOL]): Promise<RpcClient> {
  const joined = await askToJoin(token);
  const client = await RpcClient.open(joined.url, joined.accessToken, protocols);
  const answer = await client.call('join', { sid: joined.room.name, uid: '', config: { NoSubscribe: true } });
  expect(answer.error).toBeUndefined();
  return client;
}

const path = (identity: string): string => `/v1/rooms/${room}/participants/${identity}`;

test('a participant is changed, and everybody sees it', async () => {
  const ada = await join(await mint('ada'));
  const bob = await join(await mint('bob'));
  const changed = await muon.api<ParticipantStats>('PATCH', path('ada'), {
    name: 'Countess',
    permissions: { publish: false },
  });
  expect(changed).toMatchObject({ name: 'Countess', attributes: { role: 'pupil' }, permissions: { publish: false } });
  await until('bob sees it', () => bob.notices('event').some((event) => JSON.stringify(event).includes('Countess')));
  expect((await ada.notice('permissionsChanged')).params).toMatchObject({ permissions: { publish: false } });
  expect(await muon.api<ParticipantStats>('GET', path('ada'))).toMatchObject({ name: 'Countess' });
});

test('messages reach one, some or all', async () => {
  const clients = [await join(await mint('ada')), await join(await mint('bob')), await join(await mint('carol'))];
  const send = (to?: string[]) =>
    muon.api('POST', `/v1/rooms/${room}/messages`, { topic: 'chat', data: `to ${String(to)}`, to });
  expect(await send()).toEqual({ recipients: 3, missing: [] });
  expect(await send(['ada', 'carol'])).toEqual({ recipients: 2, missing: [] });
  expect(await send(['bob', 'dave'])).toEqual({ recipients: 1, missing: ['dave'] });
  const texts = () => clients.map((client) => client.notices('message').map((it) => (it as { data: string }).data));
  await until('all have theirs', () => texts().every((all) => all.length === 2));
  expect(texts()).toEqual([
    ['to undefined', 'to ada,carol'],
    ['to undefined', 'to bob,dave'],
    ['to undefined', 'to ada,carol'],
  ]);
});

test('a participant is moved to a locked room, and joins there with what it is told', async () => {
  const ada = await join(await mint('ada'));
  const other = await muon.api<{ id: string; name: string }>('POST', '/v1/rooms', { locked: true });
  await muon.api('POST', `${path('ada')}/move`, { room: other.name });
  const { params } = await ada.notice('moved');
  const { room: target, token } = params as { room: string; token: string };
  expect(target).toBe(other.id);
  expect((await ada.whenClosed()).code).toBe(4411);
  await join(token);
  const there = await muon.api<{ data: ParticipantStats[] }>('GET', `/v1/rooms/${other.name}/participants`);
  expect(there.data).toMatchObject([{ identity: 'ada', attributes: { role: 'pupil' } }]);
});

test('whoever cannot be told to go elsewhere stays', async () => {
  await join(await mint('stock'), []);
  const other = await muon.api<{ name: string }>('POST', '/v1/rooms', {});
  await expect(muon.api('POST', `${path('stock')}/move`, { room: other.name })).rejects.toThrow(
    '409 {"type":"/problems/participant-not-movable"',
  );
  expect((await muon.api<ParticipantStats>('GET', path('stock'))).identity).toBe('stock');
});

test('a participant is removed, told why, and refused for as long as was said', async () => {
  const token = await mint('ada');
  const ada = await join(token);
  await muon.api('DELETE', `${path('ada')}?reason=enough&banSeconds=2`);
  expect((await ada.notice('removed')).params).toEqual({ reason: 'enough' });
  expect((await ada.whenClosed()).code).toBe(4410);
  expect((await askToJoin(token)).code).toBe('participant-banned');
  const back = await until('it may come back', async () => (await askToJoin(token)).accessToken);
  expect(back).toBeTruthy();
});

test('webhooks are told who comes and goes, in order', async () => {
  await using receiver = await Receiver.open();
  const webhook = await muon.api<{ id: string }>('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['participant.*'],
  });
  const token = await mint('ada');
  const first = await join(token);
  first.send(JSON.stringify({ method: 'leave', params: {} }));
  await until('she has left', async () => {
    const { data } = await muon.api<{ data: ParticipantStats[] }>('GET', `/v1/rooms/${room}/participants`);
    return data.length === 0;
  });
  await join(token);
  await muon.api('DELETE', path('ada'));
  const told = () =>
    receiver.received
      .filter(({ event }) => event.room?.name === room)
      .map(({ event: { type, data } }) => [type, (data as { reason?: string }).reason]);
  await until('all is told', () => told().length === 4);
  expect(told()).toEqual([
    ['participant.joined', undefined],
    ['participant.left', 'left'],
    ['participant.joined', undefined],
    ['participant.left', 'removed'],
  ]);
  await muon.api('DELETE', `/v1/webhooks/${webhook.id}`);
});

test('a track is muted for everybody', async () => {
  const bob = await join(await mint('bob'));
  const body = { identity: 'ada', grants: { link: true } };
  const { token } = await muon.api<{ token: string }>('POST', `/v1/rooms/${room}/tokens`, body);
  const { url, accessToken } = await askToJoin(token);
  const link = new Link(url.replace(/ws$/, 'link'), accessToken);
  const codec = { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 };
  link.on('notice', ({ type }) => {
    if (type === 'joined') link.request({ type: 'publish', number: 0, kind: 'audio', source: 'microphone', codec });
  });
  const read = () => muon.api<ParticipantStats>('GET', path('ada'));
  const track = await until('it is published', async () => (await read()).tracks[0]);
  await muon.api('POST', `${path('ada')}/mute`, { trackId: track.id });
  expect((await read()).tracks).toMatchObject([{ id: track.id, muted: true, mutedByModerator: true }]);
  await until('bob is told', () => JSON.stringify(bob.notices('event')).includes('"mutedByModerator":true'));
  await expect(muon.api('POST', `${path('ada')}/mute`, { trackId: 'tk_none' })).rejects.toThrow(
    '404 {"type":"/problems/track-not-found"',
  );
  link.close();
});
