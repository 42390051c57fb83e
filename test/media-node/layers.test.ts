import { DEPENDENCY_DESCRIPTOR_URI } from '@muon/wire/rtp/dependency-descriptor.ts';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { BlankPages } from './blank-pages.ts';
import { offerPicture, statsOf, type PictureOptions } from './page.ts';
import { Stage } from './stage.ts';

/** How often each test goes down and up again. */
const ROUNDS = 3;

/** Browsers leave layers out of smaller pictures. */
const size = { width: 960, height: 540 };
const LOWEST_WIDTH = 240;

const simulcast = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'f', maxBitrate: 1_200_000 },
];
const svc = (scalabilityMode: string) => [{ scalabilityMode, maxBitrate: 1_200_000 }];

let pages: BlankPages;

beforeAll(async () => void (pages = await BlankPages.start()));
afterAll(() => pages?.[Symbol.asyncDispose]());

function seen(page: Page): Promise<Record<string, number>> {
  return statsOf(page, 'inbound-rtp', 'video');
}

/** Waits until so wide a picture is decoded, and then for some more of it. */
async function seesWidth(page: Page, width: number): Promise<void> {
  // A browser sends its best layer only once it knows that the network bears it.
  const timeoutMs = 60_000;
  await until(`a picture ${width} wide`, async () => (await seen(page))['frameWidth'] === width, { timeoutMs });
  const { framesDecoded } = await seen(page);
  await until('more of it', async () => (await seen(page))['framesDecoded']! > framesDecoded! + 15);
}

/** Takes the dependency descriptor out of a description. */
function withoutDescriptors(sdp: string): string {
  return sdp
    .split('\r\n')
    .filter((line) => !line.endsWith(DEPENDENCY_DESCRIPTOR_URI))
    .join('\r\n');
}

interface Publication extends Omit<PictureOptions, 'width' | 'height'> {
  readonly name: string;
  /** Who knows of dependency descriptors. */
  readonly descriptors: 'both' | 'publisher' | 'nobody';
}

const publications: readonly Publication[] = [
  { name: 'VP8 in simulcast', mimeType: 'video/VP8', encodings: simulcast, descriptors: 'both' },
  { name: 'VP8 in simulcast, by its payload', mimeType: 'video/VP8', encodings: simulcast, descriptors: 'nobody' },
  {
    name: 'VP8 in simulcast, for a subscriber without descriptors',
    mimeType: 'video/VP8',
    encodings: simulcast,
    descriptors: 'publisher',
  },
  { name: 'VP9 in layers on one another', mimeType: 'video/VP9', encodings: svc('L3T3'), descriptors: 'both' },
  {
    name: 'VP9 in layers on one another, by its payload',
    mimeType: 'video/VP9',
    encodings: svc('L3T3'),
    descriptors: 'nobody',
  },
  { name: 'VP9 in layers of their own', mimeType: 'video/VP9', encodings: svc('L3T3_KEY'), descriptors: 'both' },
  {
    name: 'VP9 in layers of their own, by its payload',
    mimeType: 'video/VP9',
    encodings: svc('L3T3_KEY'),
    descriptors: 'nobody',
  },
  { name: 'AV1 in layers on one another', mimeType: 'video/AV1', encodings: svc('L3T3'), descriptors: 'both' },
  { name: 'AV1 in layers of their own', mimeType: 'video/AV1', encodings: svc('L3T3_KEY'), descriptors: 'both' },
  {
    name: 'AV1 in simulcast',
    mimeType: 'video/AV1',
    encodings: simulcast.map((encoding) => ({ ...encoding, scalabilityMode: 'L1T2' })),
    descriptors: 'both',
  },
  {
    name: 'H.264 in simulcast',
    mimeType: 'video/H264',
    parameters: '42e01f',
    encodings: simulcast,
    descriptors: 'both',
  },
];

describe.each(publications)('$name', ({ descriptors, ...options }) => {
  test('is seen at the size that is chosen, without a freeze', async () => {
    const publisher = await pages.open();
    const offer = await offerPicture(publisher, { ...options, ...size });
    await using stage = await Stage.publish(publisher, descriptors === 'nobody' ? withoutDescriptors(offer) : offer);
    const subscriber = await pages.open();
    const rewrite = descriptors === 'publisher' ? { offer: withoutDescriptors } : {};
    const sender = await stage.subscribe(subscriber, rewrite);
    await seesWidth(subscriber, size.width);
    const before = await seen(subscriber);
    const pausesBefore = stage.sourcePauses;
    for (let round = 0; round < ROUNDS; round++) {
      sender.setTarget({ spatial: 0, temporal: 7 });
      await seesWidth(subscriber, LOWEST_WIDTH);
      expect(sender.current?.spatial).toBe(0);
      sender.setTarget({ spatial: 2, temporal: 7 });
      await seesWidth(subscriber, size.width);
      expect(sender.current?.spatial).toBe(2);
    }
    const after = await seen(subscriber);
    const grown = (name: string): number => after[name]! - before[name]!;
    expect({ pictureLosses: grown('pliCount'), nacks: grown('nackCount') }).toEqual({ pictureLosses: 0, nacks: 0 });
    // None at all where the page has the processor time to send evenly.
    expect(grown('freezeCount')).toBeLessThanOrEqual(stage.sourcePauses - pausesBefore);
    expect(after['packetsLost']).toBe(0);
    expect(new Set(stage.track.layers().map(({ spatial }) => spatial))).toEqual(new Set([0, 1, 2]));
    await publisher.close();
    await subscriber.close();
  });
});
