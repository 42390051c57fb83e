import { createServer, type Server } from 'node:http';
import { Connection } from '@muon/media-node/io/connection.ts';
import { MediaPort, type MediaPortOptions } from '@muon/media-node/io/media-port.ts';
import type { Receiver } from '@muon/media-node/io/receiver.ts';
import type { Sender } from '@muon/media-node/io/sender.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { acceptAnswer, publishOffer, statsOf, subscribeAnswer } from './page.ts';

let browser: Browser;
let site: Server;
let siteUrl: string;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  // Media devices need an origin that counts as secure; localhost does.
  site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  await new Promise<void>((resolve) => {
    site.listen(0, '127.0.0.1', resolve);
  });
  siteUrl = `http://127.0.0.1:${(site.address() as { port: number }).port}/`;
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

afterAll(async () => {
  await browser?.close();
  site?.close();
});

async function openPage(): Promise<Page> {
  const context = await browser.newContext();
  closers.push(() => context.close());
  const page = await context.newPage();
  await page.goto(siteUrl);
  return page;
}

async function openPort(options: Partial<MediaPortOptions> = {}): Promise<MediaPort> {
  const port = await MediaPort.open({ host: '127.0.0.1', port: 0, ...options });
  closers.push(() => port.close());
  return port;
}

interface Publisher {
  readonly page: Page;
  readonly connection: Connection;
  readonly receivers: Receiver[];
}

async function publish(port: MediaPort, options: { simulcast?: boolean } = {}): Promise<Publisher> {
  const page = await openPage();
  const connection = port.openConnection();
  const receivers: Receiver[] = [];
  connection.on('receiver', (receiver) => receivers.push(receiver));
  await acceptAnswer(page, await connection.answer(await publishOffer(page, options)));
  const expected = options.simulcast ? 4 : 2;
  await until('all streams are known', () => receivers.length === expected);
  return { page, connection, receivers };
}

interface Subscriber {
  readonly page: Page;
  readonly connection: Connection;
  readonly senders: Sender[];
}

async function subscribe(port: MediaPort, receivers: readonly Receiver[]): Promise<Subscriber> {
  const page = await openPage();
  const connection = port.openConnection();
  const senders = receivers.map((receiver) => forwardTo(port, connection, receiver));
  await negotiate(page, connection);
  await until('the subscriber is connected', () => connection.connected);
  return { page, connection, senders };
}

function forwardTo(port: MediaPort, connection: Connection, receiver: Receiver): Sender {
  const sender = connection.addSender(receiver);
  receiver.on('packet', (packet, arrivalMs) => port.forward(packet, [sender], arrivalMs));
  receiver.on('senderReport', (report) => port.forwardSenderReport(report, [sender]));
  sender.on('keyframeWanted', () => receiver.requestKeyframe());
  return sender;
}

async function negotiate(page: Page, connection: Connection): Promise<void> {
  await connection.acceptAnswer(await subscribeAnswer(page, await connection.offer()));
}

describe.each([
  { profile: 'AEAD_AES_128_GCM', cipher: 'SRTP_AEAD_AES_128_GCM' },
  { profile: 'AES_CM_128_HMAC_SHA1_80', cipher: 'SRTP_AES128_CM_HMAC_SHA1_80' },
] as const)('with $profile', ({ profile, cipher }) => {
  test('a second browser decodes what the first publishes', async () => {
    const port = await openPort({ profiles: [profile] });
    const publisher = await publish(port);
    const subscriber = await subscribe(port, publisher.receivers);

    await until('30 frames are decoded', async () => {
      const video = await statsOf(subscriber.page, 'inbound-rtp', 'video');
      return video['framesDecoded']! > 30 && video['frameWidth']! >= 320;
    });
    await until(
      'audio is heard',
      async () => (await statsOf(subscriber.page, 'inbound-rtp', 'audio'))['totalAudioEnergy']! > 0,
    );
    expect((await statsOf(subscriber.page, 'transport'))['srtpCipher']).toBe(cipher);
    expect(port.counters).toMatchObject({ unauthentic: 0, garbage: 0 });
  });
});
