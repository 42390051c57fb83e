import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from './support/chromium.ts';
import { Coturn } from './support/coturn.ts';
import { Muon } from './support/muon.ts';
import { PageServer } from './support/page-server.ts';
import { until } from './support/until.ts';

const SECRET = 'a secret that coturn and the control plane share';

const people = [
  { identity: 'ada', colour: '#e02020', frequencyHz: 500, width: 320, height: 240 },
  { identity: 'bob', colour: '#20c020', frequencyHz: 800, width: 480, height: 270 },
] as const;

let coturn: Coturn;
let muon: Muon;
let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  coturn = await Coturn.start(SECRET);
  const MUON_TURN_URLS = `turn:127.0.0.1:${coturn.port}?transport=udp`;
  muon = await Muon.start({ MUON_TURN_URLS, MUON_TURN_SECRET: SECRET });
  browser = await launchChromium();
  server = await PageServer.start('sdk');
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await muon?.[Symbol.asyncDispose]();
  await coturn?.[Symbol.asyncDispose]();
});

/** Joins from a page that may send to the TURN server and to nowhere else. */
async function join(room: string, person: (typeof people)[number]): Promise<Page> {
  const { token } = await muon.api<{ token: string }>('POST', `/v1/rooms/${room}/tokens`, {
    identity: person.identity,
  });
  const page = await browser.newPage();
  await page.addInitScript(() => {
    const Native = RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super({ ...configuration, iceTransportPolicy: 'relay' });
      }
    };
  });
  await page.goto(server.url);
  await page.evaluate((options) => window.participant.join(options), { ...person, token, apiUrl: muon.apiUrl });
  return page;
}

test('who can reach a TURN server alone sees and is seen, by credentials that came with joining', async () => {
  const room = await muon.api<{ name: string }>('POST', '/v1/rooms', {});
  const pages = await Promise.all(people.map((person) => join(room.name, person)));
  for (const [index, page] of pages.entries()) {
    await until('the other is decoded', async () => {
      const seen = await page.evaluate(() => window.participant.inbound());
      return seen.some(
        ({ frameWidth, framesDecoded }) => frameWidth === people[1 - index]!.width && framesDecoded > 60,
      );
    });
  }
  expect(coturn.output).toMatch(/ALLOCATE processed, success/);
});

test('credentials that nobody made, or that have expired, open no relay', async () => {
  const { iceServers } = await muon.api<{ iceServers: RTCIceServer[] }>('POST', '/v1/turn-credentials', {});
  const page = await browser.newPage();
  const relayed = (server_: RTCIceServer): Promise<boolean> =>
    page.evaluate(async (iceServer) => {
      const pc = new RTCPeerConnection({ iceServers: [iceServer], iceTransportPolicy: 'relay' });
      pc.createDataChannel('x');
      const candidates: RTCIceCandidate[] = [];
      const gathered = new Promise<void>((resolve) => {
        pc.addEventListener('icecandidate', ({ candidate }) => (candidate ? candidates.push(candidate) : resolve()));
      });
      await pc.setLocalDescription();
      await gathered;
      pc.close();
      return candidates.some(({ type }) => type === 'relay');
    }, server_);
  const good = iceServers[0]!;
  expect(await relayed(good)).toBe(true);
  expect(await relayed({ ...good, credential: 'x' })).toBe(false);
  expect(await relayed({ ...good, username: good.username!.replace(/^\d+/, '1000000000') })).toBe(false);
});
