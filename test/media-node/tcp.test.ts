import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { MediaNode } from '../support/media-node.ts';
import { onlyCandidates } from '../support/only-candidates.ts';
import { PageServer } from '../support/page-server.ts';
import { until } from '../support/until.ts';

const people = [
  { identity: 'ada', colour: '#e02020', frequencyHz: 500, width: 320, height: 240 },
  { identity: 'bob', colour: '#20c020', frequencyHz: 800, width: 480, height: 270 },
] as const;

let node: MediaNode;
let browser: Browser;
let server: PageServer;
let pages: Page[];

beforeAll(async () => {
  node = await MediaNode.start();
  browser = await launchChromium();
  server = await PageServer.start('sdk');
  pages = await Promise.all(people.map(join));
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
});

/** Joins from a page to which the node is not reachable by UDP. */
async function join(person: (typeof people)[number]): Promise<Page> {
  const page = await browser.newPage();
  await onlyCandidates(page, / tcp /);
  await page.goto(server.url);
  const token = node.controlPlane.joinToken({ identity: person.identity });
  await page.evaluate((options) => window.participant.join(options), {
    ...person,
    token,
    apiUrl: node.controlPlane.url,
  });
  return page;
}

test('without UDP, a browser publishes and plays over TCP', async () => {
  for (const [index, page] of pages.entries()) {
    const other = people[1 - index]!;
    await until('the other is decoded', async () => {
      const seen = await page.evaluate(() => window.participant.inbound());
      return seen.some(({ frameWidth, framesDecoded }) => frameWidth === other.width && framesDecoded > 60);
    });
    await until(`a tone of ${other.frequencyHz} Hz`, async () => {
      const heard = await page.evaluate(() => window.participant.frequencies());
      return heard.some((frequency) => Math.abs(frequency - other.frequencyHz) < 20);
    });
    const video = (await page.evaluate(() => window.participant.inbound())).filter(({ kind }) => kind === 'video');
    expect(video).toMatchObject([{ packetsLost: 0 }]);
  }
  // Each has a connection to publish on and one to subscribe on; a browser keeps spare ones of its other interfaces.
  expect(await node.metric('muon_media_tcp_connections')).toBeGreaterThanOrEqual(4);
  expect(await node.metric('muon_media_tcp_dropped_total')).toBe(0);
  expect(await node.metric('muon_media_unknown_source_total')).toBe(0);
});

test('when the last one leaves, no TCP connection is left', async () => {
  for (const page of pages) await page.evaluate(() => window.participant.leave());
  await until('they are gone', async () => (await node.metric('muon_media_tcp_connections')) === 0);
  await until('their connections are closed', async () => (await node.metric('muon_connections')) === 0);
});
