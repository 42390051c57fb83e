import { DEPENDENCY_DESCRIPTOR_URI } from '@muon/wire/rtp/dependency-descriptor.ts';
import type { Frame, Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { statsOf, type PictureOptions } from './page.ts';

/** Browsers leave layers out of smaller pictures. */
export const pictureSize = { width: 960, height: 540 };

/** Of the lowest of three layers. */
export const LOWEST_WIDTH = 240;

/** Three encodings. */
export const simulcast = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'f', maxBitrate: 1_200_000 },
];

/** One encoding that has layers, as `L3T3`. */
export function svc(scalabilityMode: string): PictureOptions['encodings'] {
  return [{ scalabilityMode, maxBitrate: 1_200_000 }];
}

/** What a page has received of its one video. */
export function seen(page: Page | Frame): Promise<Record<string, number>> {
  return statsOf(page, 'inbound-rtp', 'video');
}

/** Waits until so wide a picture is decoded, and then for some more of it. */
export async function seesWidth(page: Page | Frame, width: number): Promise<void> {
  // A busy machine may take its time to encode the best layer.
  const timeoutMs = 60_000;
  await until(`a picture ${width} wide`, async () => (await seen(page))['frameWidth'] === width, { timeoutMs });
  const { framesDecoded } = await seen(page);
  await until('more of it', async () => (await seen(page))['framesDecoded']! > framesDecoded! + 15);
}

/** Takes the dependency descriptor out of a description. */
export function withoutDescriptors(sdp: string): string {
  return sdp
    .split('\r\n')
    .filter((line) => !line.endsWith(DEPENDENCY_DESCRIPTOR_URI))
    .join('\r\n');
}
