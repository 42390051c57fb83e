import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { MediaNode, type MediaNodeOptions } from '../support/media-node.ts';
import { Namespace } from '../support/namespace.ts';
import { onlyCandidates } from '../support/only-candidates.ts';
import { PageServer } from '../support/page-server.ts';
import { until } from '../support/until.ts';

const people = [
  { identity: 'ada', colour: '#e02020', frequencyHz: 500, width: 320, height: 240 },
  { identity: 'bob', colour: '#20c020', frequencyHz: 800, width: 480, height: 270 },
] as const;

let namespace: Namespace;
let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  // First: a browser whose networks change breaks off what it is at.
  namespace = new Namespace();
  browser = await launchChromium();
  server = await PageServer.start('sdk');
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  namespace?.[Symbol.dispose]();
});

async function join(node: MediaNode, person: (typeof people)[number], candidates: RegExp): Promise<Page> {
  const page = await browser.newPage();
  await onlyCandidates(page, candidates);
  await page.goto(server.url);
  const token = node.controlPlane.joinToken({ identity: person.identity });
  const options = { ...person, token, apiUrl: node.controlPlane.url };
  await page.evaluate((all) => window.participant.join(all), options);
  return page;
}

/** Two browsers join where the node says that it is, and see each other by these candidates of it alone. */
async function meet(host: string, candidates: RegExp, options: MediaNodeOptions = {}): Promise<void> {
  await using node = await MediaNode.start({ MUON_HOST: host }, options);
  const pages = [await join(node, people[0], candidates), await join(node, people[1], candidates)];
  for (const [index, page] of pages.entries()) {
    const { width } = people[1 - index]!;
    await until('the other is decoded', async () => {
      const seen = await page.evaluate(() => window.participant.inbound());
      return seen.some(({ frameWidth, framesDecoded }) => frameWidth === width && framesDecoded > 30);
    });
  }
  for (const page of pages) await page.close();
  expect(await node.metric('muon_stun_checks_refused_total')).toBe(0);
}

const ipv4 = String.raw`(?:\d+\.){3}\d+`;
const ipv6 = '[0-9a-f]*:[0-9a-f:]+';

test('a node that listens on all of IPv4 is found and reached from another machine', async () => {
  await meet('0.0.0.0', new RegExp(` udp \\d+ ${namespace.ipv4.there} `), { namespace });
});

test.each([
  ['IPv6', ' udp ', ipv6],
  ['IPv6 and TCP', ' tcp ', ipv6],
  ['IPv4', ' udp ', ipv4],
  ['IPv4 and TCP', ' tcp ', ipv4],
])('a node that listens on all of both is reached from another machine by %s', async (_, protocol, address) => {
  await meet('::', new RegExp(`${protocol}\\d+ ${address} `), { namespace });
});

test('a node that listens on the loopback of IPv6 is reached by this machine', async () => {
  await meet('::1', / udp \d+ ::1 /, { host: '[::1]' });
});
