import type { ParticipantStats } from '@muon/contract/participant-stats.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from './support/chromium.ts';
import { Muon } from './support/muon.ts';
import { PageServer } from './support/page-server.ts';
import { until } from './support/until.ts';

let muon: Muon;
let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  muon = await Muon.start();
  browser = await launchChromium();
  server = await PageServer.start('whip');
  await muon.api('POST', '/v1/rooms', { name: 'stage' });
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await muon?.[Symbol.asyncDispose]();
});

async function open(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(server.url);
  return page;
}

async function mint(identity: string, grants: object): Promise<string> {
  const body = { identity, grants, ttlSeconds: 86_400 };
  return (await muon.api<{ token: string }>('POST', '/v1/rooms/stage/tokens', body)).token;
}

test('with the URL of the API and a join token, a browser publishes and another one plays', async () => {
  const encoder = await open();
  const token = await mint('encoder', { subscribe: false });
  const media = { colour: '#e02020', frequencyHz: 900, width: 480, height: 270 };
  const published = await encoder.evaluate((options) => window.whip.publish(options), {
    ...media,
    token,
    url: `${muon.apiUrl}/v1/whip`,
  });
  expect(new URL(published.answeredAt).port).toBe(String(muon.port(7000)));

  const viewer = await open();
  await viewer.evaluate((target) => window.whip.play(target), {
    token: await mint('viewer', { publish: false }),
    url: `${muon.apiUrl}/v1/whep?participant=encoder`,
  });
  await until('the picture is decoded', async () => {
    const received = await viewer.evaluate(() => window.whip.inbound());
    return received.some(({ frameWidth, framesDecoded }) => frameWidth === media.width && framesDecoded > 20);
  });
  await until('the tone is heard', async () => {
    const heard = await viewer.evaluate(() => window.whip.frequencies());
    return heard.some((frequency) => Math.abs(frequency - media.frequencyHz) < 20);
  });

  const { data } = await muon.api<{ data: ParticipantStats[] }>('GET', '/v1/rooms/stage/participants');
  expect(data.map(({ identity, connection, kind }) => [identity, connection, kind])).toEqual([
    ['encoder', 'whip', 'ingress'],
    ['viewer', 'whep', 'standard'],
  ]);
  expect(data[0]!.tracks.every(({ bitrateBps }) => bitrateBps > 0)).toBe(true);
  const one = await muon.api<ParticipantStats>('GET', '/v1/rooms/stage/participants/viewer');
  expect(one.subscriptions.map(({ trackId }) => trackId).sort()).toEqual(data[0]!.tracks.map(({ id }) => id).sort());
  for (const page of [viewer, encoder]) expect(await page.evaluate(() => window.whip.end())).toBe(200);
});
