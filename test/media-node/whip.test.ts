import { publisherOffer } from '@muon/media-node/negotiation/offer.fixture.ts';
import type { Problem } from '@muon/contract/problem.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import type { TokenOptions } from '../support/fake-control-plane.ts';
import { MediaNode } from '../support/media-node.ts';
import { PageServer } from '../support/page-server.ts';
import type { LocalMediaOptions } from '../support/pages/local-media.ts';
import { until } from '../support/until.ts';

const studio = { colour: '#e02020', frequencyHz: 900, width: 480, height: 270 };

let node: MediaNode;
let browser: Browser;
let whipPages: PageServer;
let roomPages: PageServer;
const pages: Page[] = [];

beforeAll(async () => {
  node = await MediaNode.start();
  browser = await launchChromium();
  whipPages = await PageServer.start('whip');
  roomPages = await PageServer.start('sdk');
});

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
  await until('nobody is left', async () => (await node.metric('muon_rooms')) === 0, { timeoutMs: 40_000 });
});

afterAll(async () => {
  await browser?.close();
  for (const server of [whipPages, roomPages]) await server?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
});

async function openPage({ url }: PageServer): Promise<Page> {
  const page = await browser.newPage();
  pages.push(page);
  await page.goto(url);
  return page;
}

/** Somebody in the room with the client SDK, who publishes too. */
async function openParticipant(
  identity: string,
  media: LocalMediaOptions = { colour: '#2020e0', frequencyHz: 500 },
): Promise<Page> {
  const page = await openPage(roomPages);
  const token = node.controlPlane.joinToken({ identity });
  const options = { token, apiUrl: node.controlPlane.url, ...media };
  await page.evaluate((all) => window.participant.join(all), options);
  return page;
}

async function publish(identity: string): Promise<Page> {
  const page = await openPage(whipPages);
  const token = await node.controlPlane.token({ identity, kind: 'ingress' });
  const options = { ...studio, token, url: `${node.httpUrl}/whip` };
  await page.evaluate((all) => window.whip.publish(all), options);
  return page;
}

/** Waits for a line of the node's log that says all this: it comes another way than answers do. */
async function untilLogged(fields: Readonly<Record<string, string>>): Promise<void> {
  const says = (line: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(fields).every(([name, value]) => line[name] === value);
  await until(`the log says ${JSON.stringify(fields)}`, () => {
    const lines = node.process.output().split('\n');
    return lines.some((line) => line.startsWith('{') && line.endsWith('}') && says(JSON.parse(line)));
  });
}

/** Waits until a page decodes ever more video of this width. */
async function untilSeen(page: Page, width: number): Promise<void> {
  const frames = async (): Promise<number> => {
    const all = await page.evaluate(() => (window.participant ?? window.whip).inbound());
    return all.find((stream) => stream.frameWidth === width)?.framesDecoded ?? 0;
  };
  const before = await frames();
  await until(`video of width ${width} is decoded`, async () => (await frames()) > before + 20);
}

async function untilHeard(page: Page, frequencyHz: number): Promise<void> {
  await until(`a tone of ${frequencyHz} Hz`, async () => {
    const heard = await page.evaluate(() => (window.participant ?? window.whip).frequencies());
    return heard.some((frequency) => Math.abs(frequency - frequencyHz) < 20);
  });
}

describe('WHIP', () => {
  test('brings a browser with nothing but fetch into a room, and DELETE takes it out', async () => {
    const ada = await openParticipant('ada');
    const page = await publish('studio');
    await untilSeen(ada, studio.width);
    await untilHeard(ada, studio.frequencyHz);
    expect(await node.metric('muon_joins_total', 'connection="whip"')).toBe(1);
    expect(await page.evaluate(() => window.whip.end())).toBe(200);
    await until('it is gone', async () => (await node.metric('muon_participants')) === 1);
    expect(await page.evaluate(() => window.whip.end())).toBe(404);
    expect(await node.metric('muon_leaves_total', 'reason="left"')).toBe(1);
    const who = { room: 'rm_test', identity: 'studio', connection: 'whip' };
    await untilLogged({ ...who, msg: 'joined' });
    await untilLogged({ ...who, msg: 'left', reason: 'left' });
  });

  test('restarts ICE by PATCH, and media goes on', async () => {
    const ada = await openParticipant('ada');
    const page = await publish('studio');
    await untilSeen(ada, studio.width);
    const before = await page.evaluate(() => window.whip.usedUfrag());
    const { status, etag } = await page.evaluate(() => window.whip.restartIce());
    expect(status).toBe(200);
    await until('the new credentials are used', async () => {
      const used = await page.evaluate(() => window.whip.usedUfrag());
      return used !== before && `"${used}"` === etag;
    });
    await untilSeen(ada, studio.width);
    expect(await page.evaluate(() => window.whip.end())).toBe(200);
  });
});

describe('WHEP', () => {
  async function play(query = ''): Promise<Page> {
    const page = await openPage(whipPages);
    const token = await node.controlPlane.token({ identity: 'viewer', grants: { publish: false } });
    await page.evaluate((target) => window.whip.play(target), { token, url: `${node.httpUrl}/whep${query}` });
    return page;
  }

  test('plays whoever publishes, and somebody else when they leave, as one stream', async () => {
    const ada = await openParticipant('ada', { colour: '#2020e0', frequencyHz: 500, width: 320, height: 180 });
    await openParticipant('bob', studio);
    const viewer = await play();
    await untilSeen(viewer, 320);
    await untilHeard(viewer, 500);
    await ada.evaluate(() => window.participant.leave());
    await untilSeen(viewer, studio.width);
    await untilHeard(viewer, studio.frequencyHz);
    const received = await viewer.evaluate(() => window.whip.inbound());
    expect(received.map(({ kind }) => kind).sort()).toEqual(['audio', 'video']);
    expect(await node.metric('muon_joins_total', 'connection="whep"')).toBe(1);
    expect(await viewer.evaluate(() => window.whip.end())).toBe(200);
  });

  test('begins when somebody begins to publish, and plays a certain participant alone', async () => {
    const viewer = await play('?participant=bob');
    await until('it is connected', () => viewer.evaluate(() => window.whip.connectionState() === 'connected'));
    await openParticipant('ada', { colour: '#2020e0', frequencyHz: 500, width: 320, height: 180 });
    await openParticipant('bob', studio);
    await untilSeen(viewer, studio.width);
    await untilHeard(viewer, studio.frequencyHz);
    expect(await viewer.evaluate(() => window.whip.end())).toBe(200);
  });

  test('plays what WHIP publishes', async () => {
    const encoder = await publish('studio');
    const viewer = await play();
    await untilSeen(viewer, studio.width);
    await untilHeard(viewer, studio.frequencyHz);
    for (const page of [encoder, viewer]) expect(await page.evaluate(() => window.whip.end())).toBe(200);
  });

  test('is for those who may subscribe', async () => {
    const token = await node.controlPlane.token({ identity: 'viewer', grants: { subscribe: false } });
    const headers = { 'content-type': 'application/sdp', authorization: `Bearer ${token}` };
    expect(codeOf(await call('/whep', { method: 'POST', headers, body: publisherOffer }))).toBe('forbidden');
  });
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function call(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(node.httpUrl + path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function offer(options: Partial<TokenOptions> = {}, body: string = publisherOffer): Promise<Answer> {
  const token = await node.controlPlane.token({ identity: 'encoder', ...options });
  const headers = { 'content-type': 'application/sdp', authorization: `Bearer ${token}` };
  return call('/whip', { method: 'POST', headers, body });
}

function codeOf({ text }: Answer): string {
  return (JSON.parse(text) as Problem).code;
}

const FRAGMENT = { 'content-type': 'application/trickle-ice-sdpfrag' };
const fragment = (ufrag: string): string => `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${'p'.repeat(24)}\r\n`;
const offeredUfrag = /a=ice-ufrag:(\S+)/.exec(publisherOffer)![1]!;

describe('the resource of a WHIP session', () => {
  test('is made by an offer, changed by PATCH and gone after DELETE', async () => {
    const made = await offer();
    expect(made.status).toBe(201);
    expect(made.headers.get('content-type')).toBe('application/sdp');
    expect(made.text).toContain('a=ice-lite');
    const location = made.headers.get('location')!;
    const etag = made.headers.get('etag')!;
    expect(location).toMatch(/^\/whip\/[\w-]{22}$/);
    const patch = (ifMatch: string | undefined, body: string, type: Record<string, string> = FRAGMENT) =>
      call(location, {
        method: 'PATCH',
        headers: { ...type, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
        body,
      });

    expect((await patch(etag, fragment(offeredUfrag))).status).toBe(204);
    expect(codeOf(await patch(undefined, fragment(offeredUfrag)))).toBe('precondition-required');
    expect(codeOf(await patch('"old"', fragment(offeredUfrag)))).toBe('precondition-failed');
    expect(codeOf(await patch(etag, fragment('other')))).toBe('precondition-failed');
    expect(codeOf(await patch(etag, 'a=ice-ufrag:x'))).toBe('invalid-request');
    expect(codeOf(await patch(etag, fragment(offeredUfrag), {}))).toBe('unsupported-media-type');
    expect(codeOf(await patch(etag, 'x'.repeat(70_000)))).toBe('body-too-large');

    const restarted = await patch('*', fragment('other'));
    expect(restarted.status).toBe(200);
    expect(restarted.headers.get('content-type')).toBe('application/trickle-ice-sdpfrag');
    const renewed = restarted.headers.get('etag')!;
    expect(renewed).not.toBe(etag);
    expect(restarted.text).toContain(`a=ice-ufrag:${renewed.replaceAll('"', '')}\r\n`);
    expect(codeOf(await patch(etag, fragment('other')))).toBe('precondition-failed');
    expect((await patch(renewed, fragment('other'))).status).toBe(204);

    const { status } = await call(location, { method: 'DELETE' });
    expect(status).toBe(200);
    expect(codeOf(await call(location, { method: 'DELETE' }))).toBe('session-not-found');
    expect(codeOf(await patch(renewed, fragment('other')))).toBe('session-not-found');
  });

  test('is changed no more often than a client needs', async () => {
    const { headers } = await offer();
    const location = headers.get('location')!;
    const patch = () =>
      call(location, {
        method: 'PATCH',
        headers: { ...FRAGMENT, 'if-match': headers.get('etag')! },
        body: fragment(offeredUfrag),
      });
    const answers = await Promise.all(Array.from({ length: 80 }, patch));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(10);
    expect(codeOf(refused[0]!)).toBe('rate-limited');
    await call(location, { method: 'DELETE' });
  });

  test('replaces the one before of the same identity', async () => {
    const first = await offer();
    const second = await offer();
    expect((await call(first.headers.get('location')!, { method: 'DELETE' })).status).toBe(404);
    expect((await call(second.headers.get('location')!, { method: 'DELETE' })).status).toBe(200);
  });
});

describe('an offer', () => {
  test.each([
    ['without the grant to publish', { grants: { publish: false } }, 403, 'forbidden'],
    ['of somebody hidden', { grants: { hidden: true } }, 403, 'forbidden'],
    ['by a token for another node', { node: 'nd_other' }, 403, 'forbidden'],
    ['by a token that has expired', { ttlSeconds: -1 }, 401, 'token-expired'],
  ] as const)('%s is refused', async (_, options, status, code) => {
    const answer = await offer(options);
    expect(answer.status).toBe(status);
    expect(codeOf(answer)).toBe(code);
    await untilLogged({ msg: 'join failed', code });
  });

  test('is refused when the room is full', async () => {
    const first = await offer({ identity: 'first', maxParticipants: 1 });
    expect(codeOf(await offer({ identity: 'second', maxParticipants: 1 }))).toBe('room-full');
    await call(first.headers.get('location')!, { method: 'DELETE' });
  });

  test('that is none, is huge, or has a medium in no codec of ours, is refused', async () => {
    const connections = await node.metric('muon_connections');
    expect(codeOf(await offer({}, 'hello'))).toBe('invalid-request');
    expect(codeOf(await offer({}, `v=0\r\n${'a'.repeat(70_000)}`))).toBe('body-too-large');
    expect(codeOf(await offer({}, publisherOffer.replaceAll(/a=rtpmap:\d+ opus/gi, 'a=rtpmap:9 G722')))).toBe(
      'not-acceptable',
    );
    const token = await node.controlPlane.token({ identity: 'encoder' });
    const json = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '{}' };
    expect(codeOf(await call('/whip', json))).toBe('unsupported-media-type');
    expect(codeOf(await call('/whip', { method: 'POST', body: publisherOffer }))).toBe('unauthenticated');
    // Nothing is left of them.
    expect(await node.metric('muon_connections')).toBe(connections);
    expect(await node.metric('muon_whip_sessions')).toBe(0);
  });

  test('whose token is in the address counts by that one, as after a redirect', async () => {
    const token = await node.controlPlane.token({ identity: 'encoder' });
    const headers = { 'content-type': 'application/sdp', authorization: 'Bearer a-join-token' };
    const path = `/whip?access_token=${token}`;
    const made = await call(path, { method: 'POST', headers, body: publisherOffer });
    expect(made.status).toBe(201);
    await call(made.headers.get('location')!, { method: 'DELETE' });
  });
});

test('pages of any origin may ask, and see what they need of the answer', async () => {
  const { status, headers } = await call('/whip', { method: 'OPTIONS' });
  expect(status).toBe(204);
  expect(headers.get('accept-post')).toBe('application/sdp');
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('access-control-allow-methods')).toBe('POST');
  expect(headers.get('access-control-allow-headers')).toContain('content-type');
  const refused = await call('/whip', { method: 'GET' });
  expect(refused.status).toBe(405);
  expect(refused.headers.get('allow')).toBe('POST');
  expect(refused.headers.get('access-control-expose-headers')).toContain('location');
  const session = await call('/whip/unknown', { method: 'OPTIONS' });
  expect(session.headers.get('access-control-allow-methods')).toBe('PATCH, DELETE');
});
