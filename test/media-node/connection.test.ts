import { createServer, type Server } from 'node:http';
import { Connection } from '@muon/media-node/io/connection.ts';
import { MediaPort, type MediaPortOptions } from '@muon/media-node/io/media-port.ts';
import type { Receiver } from '@muon/media-node/io/receiver.ts';
import type { Sender } from '@muon/media-node/io/sender.ts';
import { PublishedTrack } from '@muon/media-node/signal/published-track.ts';
import { Track } from '@muon/media-node/track.ts';
import { seeded } from '@muon/wire/rtp/seq.fixture.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { lossyPacketIo } from './lossy-packet-io.ts';
import { acceptAnswer, publishOffer, stats, statsOf, subscribeAnswer } from './page.ts';

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

test('a loss of one packet in twenty, both ways, is repaired', async () => {
  const port = await openPort({ openPacketIo: lossyPacketIo(0.05, seeded(1)) });
  const publisher = await publish(port);
  const camera = publisher.receivers.find(({ kind }) => kind === 'video')!;
  const seqs = new Set<number>();
  camera.on('packet', ({ seq }) => seqs.add(seq));
  const subscriber = await subscribe(port, publisher.receivers);

  const video = await until(
    '150 frames are decoded, some of repeated packets',
    async () => {
      const now = await statsOf(subscriber.page, 'inbound-rtp', 'video');
      return now['framesDecoded']! > 150 && now['retransmittedPacketsReceived']! > 5 ? now : undefined;
    },
    { timeoutMs: 40_000 },
  );
  const sent = await statsOf(publisher.page, 'outbound-rtp', 'video');
  expect(sent['nackCount']).toBeGreaterThan(0);
  expect(sent['retransmittedPacketsSent']).toBeGreaterThan(5);
  expect(video['nackCount']).toBeGreaterThan(0);
  // One in twenty was lost on the way in, and is there all the same.
  const sorted = [...seqs].sort((a, b) => a - b);
  const span = sorted.at(-1)! - sorted[0]! + 1;
  if (span < 30_000) expect(sorted.length / span).toBeGreaterThan(0.98);
});

test('simulcast comes in three encodings, of which the best goes on', async () => {
  const port = await openPort();
  const publisher = await publish(port, { simulcast: true });
  const layers = publisher.receivers.filter(({ kind }) => kind === 'video');
  expect(new Set(layers.map(({ rid }) => rid))).toEqual(new Set(['q', 'h', 'f']));
  const published: PublishedTrack = new PublishedTrack(
    new Track('ada', {
      kind: 'video',
      source: 'camera',
      codec: layers[0]!.codec,
      streamId: 'stream',
      forwarder: port,
      requestKeyframe: (encoding) => published.requestKeyframe(encoding),
    }),
  );
  for (const layer of layers) published.add(layer);
  const subscriber = await subscribe(port, []);
  const sender = subscriber.connection.addSender(layers[0]!);
  sender.on('keyframeWanted', (encoding) => published.track.requestKeyframe(encoding));
  await negotiate(subscriber.page, subscriber.connection);
  published.track.addSender(sender);

  await until(
    'the whole picture is decoded',
    async () => (await statsOf(subscriber.page, 'inbound-rtp', 'video'))['frameWidth'] === 960,
    { timeoutMs: 40_000 },
  );
});

test('a publisher learns what the network bears: its estimate passes 1 Mbit/s', async () => {
  const port = await openPort();
  const { page, receivers } = await publish(port, { simulcast: true });
  await until(
    'more than 1 Mbit/s are available',
    async () => (await stats(page)).some((entry) => Number(entry['availableOutgoingBitrate']) > 1_000_000),
    { timeoutMs: 60_000 },
  );
  const report = await until('a report of the node came', async () => {
    const remote = await statsOf(page, 'remote-inbound-rtp', 'video');
    return remote['roundTripTime'] === undefined ? undefined : remote;
  });
  expect(report['roundTripTime']).toBeLessThan(1);
  expect(report['fractionLost']).toBeLessThan(0.1);
  // Chromium answers the clock that our reports carry.
  const rttMs = await until('the node knows the round trip', () => receivers[0]!.stats?.rttMs);
  expect(rttMs).toBeLessThan(1000);
});

test('a subscriber is sent what probes prove: the estimate passes 2 Mbit/s although less is sent', async () => {
  const port = await openPort();
  const publisher = await publish(port);
  const { connection } = await subscribe(port, publisher.receivers);
  connection.transport.wantedBps = 3_000_000;
  await until('the estimate', () => (connection.transport.estimateBps(performance.now()) ?? 0) > 2_000_000);
  // The first report of the client may come after its first feedback.
  const { sendBps, rttMs } = await until('a round trip', () => {
    const outgoing = connection.transport.stats(performance.now());
    return outgoing.rttMs !== undefined && outgoing.sendBps > 100_000 ? outgoing : undefined;
  });
  expect(sendBps).toBeGreaterThan(100_000);
  expect(rttMs).toBeLessThan(1000);
});

test('streams come and go on a connection that is up, and data channels carry messages', async () => {
  const port = await openPort();
  const publisher = await publish(port);
  const [first, second] = publisher.receivers;
  const subscriber = await subscribe(port, []);
  const channel = subscriber.connection.createDataChannel('ion-sfu');
  await until('the channel is open', () => channel.open);
  channel.send('hello');
  await until('the message arrives', () => subscriber.page.evaluate(() => window.messages.includes('hello')));

  for (const [round, receiver] of [first!, second!, first!].entries()) {
    const sender = subscriber.connection.addSender({
      kind: receiver.kind,
      codec: receiver.codec,
      msid: { streamId: `s${round}`, trackId: `t${round}` },
    });
    const forward = (...[packet, arrivalMs]: Parameters<Parameters<typeof receiver.on<'packet'>>[1]>): void =>
      port.forward(packet, [sender], arrivalMs);
    receiver.on('packet', forward);
    sender.on('keyframeWanted', () => receiver.requestKeyframe());
    await negotiate(subscriber.page, subscriber.connection);
    await until(`stream ${round} flows`, () =>
      subscriber.page.evaluate(async (ssrc) => {
        const entries = [...(await window.peer.getStats()).values()] as {
          type: string;
          ssrc?: number;
          packetsReceived?: number;
        }[];
        return entries.some(
          (entry) => entry.type === 'inbound-rtp' && entry.ssrc === ssrc && entry.packetsReceived! > 5,
        );
      }, sender.ssrc),
    );
    receiver.off('packet', forward);
    subscriber.connection.removeSender(sender);
    await negotiate(subscriber.page, subscriber.connection);
  }
  expect(await subscriber.page.evaluate(() => window.peer.currentRemoteDescription!.sdp.match(/^m=/gm)!.length)).toBe(
    3,
  );
  expect(new Set(await subscriber.page.evaluate(() => window.streams.map(({ id }) => id)))).toEqual(
    new Set(['s0', 's1', 's2']),
  );
});

test('the end of a page is noticed: at once by its goodbye, or when it stops to check', async () => {
  const port = await openPort({ consentTimeoutMs: 8000 });
  const { page, connection } = await publish(port);
  const closed = new Promise<string>((resolve) => {
    connection.once('closed', ({ reason }) => resolve(reason));
  });
  const ended = new Promise<void>((resolve) => {
    connection.once('receiverEnded', () => resolve());
  });
  await page.evaluate(() => window.peer.close());
  expect(['dtls-closed', 'consent-expired']).toContain(await closed);
  await ended;
  expect(port.connections).toBe(0);
});
