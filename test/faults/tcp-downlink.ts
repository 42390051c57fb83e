import type { Page } from 'playwright-core';
import { launchChromium, launchChromiumIn } from '../support/chromium.ts';
import { MediaNode } from '../support/media-node.ts';
import { Namespace } from '../support/namespace.ts';
import { PageServer } from '../support/page-server.ts';
import type { JoinOptions } from '../support/pages/participant.ts';
import type { Sample } from '../support/pages/recorder.ts';
import { until } from '../support/until.ts';
import { audioFigures, longestSoundDelayMs, videoFigures, type AudioFigures, type VideoFigures } from './figures.ts';

/** What the narrow part of the way keeps before it drops, and TCP sends it again. */
const QUEUE_MS = 300;

/** How a subscriber that is reached by TCP alone bore what happened to its downlink. */
export interface TcpDownlinkFigures {
  readonly video: VideoFigures;
  readonly audio: AudioFigures;
  /** From the drop to the first frame of a lower layer, and from the return to the first one of the top again. */
  readonly lowerAfterMs: number;
  readonly topAfterMs: number;
  /** From a sound's capture to when it was played, at worst. */
  readonly longestSoundDelayMs: number;
  readonly heights: readonly number[];
  /** To the media port, while the top layer was seen. */
  readonly tcpConnections: number;
}

/**
 * A subscriber's network lets no UDP through, and what it carries falls from 3 Mbit/s to 400 kbit/s, and comes back: a
 * network namespace, with the queues and the congestion control of the kernel.
 */
export async function tcpDownlink(): Promise<TcpDownlinkFigures> {
  using namespace = new Namespace();
  namespace.blockUdp();
  await using node = await MediaNode.start({}, { clients: namespace });
  await using server = await PageServer.start('sdk', namespace.ipv4.here);
  const { origin } = new URL(server.url);
  const here = await launchChromium(`--unsafely-treat-insecure-origin-as-secure=${origin}`);
  const there = await launchChromiumIn(namespace, origin);
  await using _ = {
    async [Symbol.asyncDispose]() {
      await Promise.all([here.close(), there.close()]);
    },
  };
  const access = (identity: string): Pick<JoinOptions, 'token' | 'apiUrl'> => {
    return { token: node.controlPlane.joinToken({ identity }), apiUrl: node.controlPlane.url };
  };
  const media = { colour: '#e02020', frequencyHz: 500, width: 1280, height: 720 };
  const ada = await here.newPage();
  await ada.goto(server.url);
  const options = { ...access('ada'), ...media, camera: false, detailed: true, simulcast: true };
  await ada.evaluate((all) => window.participant.join(all), options);
  const bob = await there.newPage();
  await bob.goto(server.url);
  await bob.evaluate((all) => window.participant.firstFrameMs(all), access('bob'));

  const carries = (bitrateBps: number): void => namespace.limitDownlink({ bitrateBps, queueMs: QUEUE_MS });
  carries(3_000_000);
  await record(bob);
  await until('the top layer is seen', async () => heightOf((await recorded(bob)).at(-1)) === 720, {
    timeoutMs: 60_000,
  });
  const tcpConnections = await node.metric('muon_media_tcp_connections');
  // The clock of the sound is known after some reports.
  await sleep(8);
  await record(bob);
  await sleep(1);
  carries(400_000);
  const droppedMs = await now(bob);
  await sleep(15);
  carries(3_000_000);
  const returnedMs = await now(bob);
  await sleep(15);
  const samples = await recorded(bob);
  const after = (sinceMs: number, is: (height: number) => boolean): number =>
    Math.round((samples.find((one) => one.atMs > sinceMs && is(heightOf(one)))?.atMs ?? Infinity) - sinceMs);
  const heights = samples.map(heightOf);
  return {
    video: videoFigures(samples),
    audio: audioFigures(samples),
    lowerAfterMs: after(droppedMs, (height) => height < 720),
    topAfterMs: after(returnedMs, (height) => height === 720),
    longestSoundDelayMs: longestSoundDelayMs(samples) ?? Infinity,
    heights: heights.filter((height, index) => height !== heights[index - 1]),
    tcpConnections,
  };
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}

async function record(page: Page): Promise<void> {
  await page.evaluate(() => window.participant.recorder.start());
}

function recorded(page: Page): Promise<readonly Sample[]> {
  return page.evaluate(() => window.participant.recorder.samples);
}

function now(page: Page): Promise<number> {
  return page.evaluate(() => performance.now());
}

/** Of the picture that is decoded; 0 while there is none. */
function heightOf(sample: Sample | undefined): number {
  return sample?.streams.find(({ kind, frameHeight }) => kind === 'video' && frameHeight > 0)?.frameHeight ?? 0;
}
