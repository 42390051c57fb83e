import { writeU32 } from '@muon/wire/bytes.ts';
import type { ExtensionElement } from '@muon/wire/rtp/header-extension.ts';
import { isRtcp } from '@muon/wire/rtp/packet.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { MediaNode } from '../support/media-node.ts';
import { PageServer } from '../support/page-server.ts';
import { RtpSource } from '../support/rtp-source.ts';
import { until } from '../support/until.ts';
import { WirePublisher } from '../support/wire-publisher.ts';
import { withExtensions } from '../support/with-extensions.ts';

const SSRC = 77;

/** As no node numbers them. */
const ids = { videoOrientation: 12, playoutDelay: 9 };

/** The left half red, the right half blue. */
const picture = ['red', 'blue'].map((colour) => `color=${colour}:size=160x240:rate=15[${colour}]`).join(';');

let node: MediaNode;
let browser: Browser;
let server: PageServer;
let publisher: WirePublisher;
let source: RtpSource;
let page: Page;

/** What the publisher writes into its packets from now on. */
let elements: readonly ExtensionElement[];

beforeAll(async () => {
  node = await MediaNode.start();
  browser = await launchChromium();
  server = await PageServer.start('sdk');
  publisher = await WirePublisher.join(node, 'camera', {
    kind: 'video',
    payloadType: 96,
    ssrc: SSRC,
    extensions: {
      [ids.videoOrientation]: 'urn:3gpp:video-orientation',
      [ids.playoutDelay]: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
    },
  });
  elements = [];
  source = await RtpSource.start(
    'video',
    (packet) => {
      if (isRtcp(packet)) return;
      const own = Uint8Array.from(packet);
      writeU32(own, 8, SSRC);
      publisher.send(withExtensions(own, elements));
    },
    { picture: `${picture};[red][blue]hstack` },
  );
  page = await browser.newPage();
  await page.goto(server.url);
  const access = { token: node.controlPlane.joinToken({ identity: 'bob' }), apiUrl: node.controlPlane.url };
  await page.evaluate((options) => window.participant.firstFrameMs(options), access);
});

beforeEach(() => void (elements = []));

afterAll(async () => {
  await browser?.close();
  await source?.[Symbol.asyncDispose]();
  publisher?.[Symbol.dispose]();
  await server?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
});

/** The size of the picture that is shown, and the colours at the ends of its longer side, the left or upper one first. */
function shown(): Promise<string> {
  return page.evaluate(() => {
    const video = document.querySelector('video')!;
    const { videoWidth: width, videoHeight: height } = video;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(video, 0, 0);
    const colours = [0.1, 0.9].map((along) => {
      const [x, y] = width > height ? [along * width, height / 2] : [width / 2, along * height];
      const [red, , blue] = context.getImageData(x, y, 1, 1).data;
      return red! > blue! ? 'red' : 'blue';
    });
    return `${width}x${height} ${colours.join(' ')}`;
  });
}

test('a picture that its publisher turns is shown upright', async () => {
  await until('the picture as it is sent', async () => (await shown()) === '320x240 red blue');
  for (const [turn, upright] of [
    [1, '240x320 red blue'],
    [2, '320x240 blue red'],
    [3, '240x320 blue red'],
    [0, '320x240 red blue'],
  ] as const) {
    elements = [{ id: ids.videoOrientation, data: Uint8Array.of(turn) }];
    await until(`after ${turn} quarter turns`, async () => (await shown()) === upright);
  }
});

/** For how long frames wait to be shown, on average over the next ones. */
async function waitSeconds(): Promise<number> {
  const look = (): Promise<{ seconds: number; frames: number }> =>
    page.evaluate(async () => {
      const reports = await Promise.all(window.peers.map((peer) => peer.getStats()));
      const entries = reports.flatMap((report) => [...report.values()]);
      const { jitterBufferDelay, jitterBufferEmittedCount } = entries.find(({ type }) => type === 'inbound-rtp')!;
      return { seconds: jitterBufferDelay, frames: jitterBufferEmittedCount };
    });
  const before = await look();
  const after = await until('more frames', async () => {
    const now = await look();
    return now.frames > before.frames + 15 ? now : undefined;
  });
  return (after.seconds - before.seconds) / (after.frames - before.frames);
}

test('a playout delay that a publisher asks for is kept by who watches', async () => {
  expect(await waitSeconds()).toBeLessThan(0.5);
  // At least 1 s, at most 2 s: both in units of 10 ms, of 12 bits each.
  const [least, most] = [100, 200];
  const data = Uint8Array.of(least >> 4, ((least & 0xf) << 4) | (most >> 8), most & 0xff);
  elements = [{ id: ids.playoutDelay, data }];
  await until('frames wait as long', async () => (await waitSeconds()) > 0.95);
});
