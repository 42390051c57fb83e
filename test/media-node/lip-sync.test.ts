import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { SdkStage } from './sdk-stage.ts';

/** People see it when lips are further off than this (ITU-R BT.1359). */
const VISIBLE_MS = 100;

/** So much that it is seen when the sound does not wait as well. */
const PICTURE_WAITS_MS = 400;

/** How many flashes are looked at each time. */
const FLASHES = 5;

let stage: SdkStage;

beforeAll(async () => void (stage = await SdkStage.open()));
afterAll(() => stage?.[Symbol.asyncDispose]());

function offsetsOf(page: Page): Promise<readonly number[]> {
  return page.evaluate(() => window.lipSync.offsetsMs);
}

/** How far the sound is behind the picture in a page, of the flashes to come, on average. */
async function offsetMs(page: Page): Promise<number> {
  const before = (await offsetsOf(page)).length;
  const offsets = await until('flashes', async () => {
    const all = await offsetsOf(page);
    return all.length >= before + FLASHES ? all.slice(before, before + FLASHES) : undefined;
  });
  return offsets.reduce((sum, offset) => sum + offset, 0) / FLASHES;
}

function frameWidth(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const streams = await window.participant.inbound();
    return streams.find(({ kind }) => kind === 'video')?.frameWidth ?? 0;
  });
}

/** How far the sound is behind the picture as the browser believes, which goes by what it is told of their clocks. */
function believedMs(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const reports = await Promise.all(window.peers.map((peer) => peer.getStats()));
    const streams = reports.flatMap((report) => [...report.values()]).filter(({ type }) => type === 'inbound-rtp');
    const [audio, video] = ['audio', 'video'].map((kind) => streams.find((stream) => stream.kind === kind)!);
    return video.estimatedPlayoutTimestamp - audio.estimatedPlayoutTimestamp;
  });
}

/** Holds the picture up: only a browser that knows what belongs together does the same to the sound. */
async function waitWithPicture(page: Page): Promise<void> {
  await page.evaluate((jitterBufferTarget) => {
    const receivers = window.peers.flatMap((peer) => peer.getReceivers());
    for (const receiver of receivers)
      if (receiver.track.kind === 'video') Object.assign(receiver, { jitterBufferTarget });
  }, PICTURE_WAITS_MS);
}

test(
  'lips are in step with the sound, whichever layer is seen, and at once when another one is',
  { timeout: 300_000 },
  async () => {
    const publisher = await stage.connect('ada');
    await publisher.evaluate(() => window.lipSync.publish());
    const subscriber = await stage.connect('bob');
    const trackId = await until('both tracks are there', () =>
      subscriber.evaluate(() => {
        const tracks = window.room.participants.flatMap((participant) => participant.tracks);
        if (tracks.filter(({ media }) => media).length < 2) return undefined;
        return tracks.find(({ kind }) => kind === 'video')!.id;
      }),
    );
    await subscriber.evaluate(() => window.lipSync.watch());
    // Making them, too, takes the picture and the sound different times.
    const look = async (): Promise<{ readonly offMs: number; readonly believedMs: number }> => {
      const before = await believedMs(subscriber);
      const [own, seen] = await Promise.all([offsetMs(publisher), offsetMs(subscriber)]);
      return { offMs: seen - own, believedMs: (before + (await believedMs(subscriber))) / 2 };
    };
    await until('the best layer is seen', async () => (await frameWidth(subscriber)) === 960, { timeoutMs: 90_000 });
    await waitWithPicture(subscriber);
    // A browser moves the sound by less than 100 ms a second.
    await until('the sound waits as well', async () => Math.abs((await look()).offMs) < VISIBLE_MS, {
      timeoutMs: 90_000,
    });
    const looks: { readonly offMs: number; readonly believedMs: number }[] = [];
    for (const [spatial, width] of [
      [0, 240],
      [1, 480],
      [2, 960],
      [0, 240],
    ] as const) {
      await subscriber.evaluate(([id, layer]) => window.room.subscriptions.set(id, { maxLayer: { spatial: layer } }), [
        trackId,
        spatial,
      ] as const);
      await until(`a picture ${width} wide`, async () => (await frameWidth(subscriber)) === width);
      looks.push(await look());
    }
    const meanMs = looks.reduce((sum, { offMs }) => sum + offMs, 0) / looks.length;
    expect(Math.abs(meanMs)).toBeLessThan(VISIBLE_MS);
    // Each time: what the node tells of the clocks holds for the encoding that is sent.
    for (const { offMs, believedMs: told } of looks) expect(Math.abs(offMs - told)).toBeLessThan(VISIBLE_MS);
  },
);
