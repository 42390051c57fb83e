import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { BlankPages } from './blank-pages.ts';
import { LOWEST_WIDTH, pictureSize, seen, seesWidth, simulcast, svc, withoutDescriptors } from './layered-picture.ts';
import { offerPicture, type PictureOptions } from './page.ts';
import { Stage } from './stage.ts';

/** How often each test goes down and up again. */
const ROUNDS = 3;

let pages: BlankPages;

beforeAll(async () => void (pages = await BlankPages.start()));
afterAll(() => pages?.[Symbol.asyncDispose]());

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

/** What a page saw between two looks at its decoder. */
interface Viewing {
  readonly freezeCount: number;
  readonly frames: number;
  /** The sum of the times from one frame to the next, and of their squares. */
  readonly seconds: number;
  readonly squaredSeconds: number;
}

function viewing(before: Record<string, number>, after: Record<string, number>): Viewing {
  const grown = (name: string): number => after[name]! - before[name]!;
  return {
    freezeCount: grown('freezeCount'),
    frames: grown('framesDecoded'),
    seconds: grown('totalInterFrameDelay'),
    squaredSeconds: grown('totalSquaredInterFrameDelay'),
  };
}

/**
 * A browser calls it a freeze when a frame comes 150 ms later than usual (webrtc-stats, `freezeCount`); each adds more
 * than this to the sum of the squares.
 */
const FREEZE_SQUARED_SECONDS = 0.15 ** 2;

/**
 * That switching froze nothing. Where the machine is too busy to make, send or decode pictures evenly, whoever never
 * switches sees the same pauses at the same time. So freezes are counted only as far as the other's picture stood still,
 * too, which is none at all where it was even; and the sum of the squared times between frames, in which a pause weighs
 * the more the longer it is, must not exceed the other's by as much as the shortest freeze, nor by half of what the
 * machine did to the other.
 */
function expectNoFreezeOfItsOwn(switching: Viewing, control: Viewing): void {
  const uneven = control.squaredSeconds - control.seconds ** 2 / control.frames;
  expect(switching.freezeCount).toBeLessThanOrEqual(uneven / FREEZE_SQUARED_SECONDS);
  const inTheSameTime = (control.squaredSeconds / control.seconds) * switching.seconds;
  expect(switching.squaredSeconds - inTheSameTime).toBeLessThan(Math.max(FREEZE_SQUARED_SECONDS, uneven / 2));
}

describe.each(publications)('$name', ({ descriptors, ...options }) => {
  test('is seen at the size that is chosen, without a freeze', async () => {
    const publisher = await pages.open();
    const offer = await offerPicture(publisher, { ...options, ...pictureSize });
    await using stage = await Stage.publish(publisher, descriptors === 'nobody' ? withoutDescriptors(offer) : offer);
    const rewrite = descriptors === 'publisher' ? { offer: withoutDescriptors } : {};
    // Who always gets the best of the same picture, in the same process, at the same time.
    const control = await pages.open();
    await stage.subscribe(control, rewrite);
    const subscriber = await pages.openInside(control);
    const sender = await stage.subscribe(subscriber, rewrite);
    await Promise.all([seesWidth(subscriber, pictureSize.width), seesWidth(control, pictureSize.width)]);
    const [before, controlBefore] = await Promise.all([seen(subscriber), seen(control)]);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [spatial, width] of [
        [0, LOWEST_WIDTH],
        [2, pictureSize.width],
      ] as const) {
        sender.setTarget({ spatial, temporal: 7 }, performance.now());
        await seesWidth(subscriber, width);
        await until('the node knows it', () => sender.current?.spatial === spatial);
      }
    }
    const [after, controlAfter] = await Promise.all([seen(subscriber), seen(control)]);
    expectNoFreezeOfItsOwn(viewing(before, after), viewing(controlBefore, controlAfter));
    for (const count of ['pliCount', 'nackCount', 'packetsLost'])
      expect([count, after[count]]).toEqual([count, before[count]]);
    await until('all layers flow', () => new Set(stage.track.layers().map(({ spatial }) => spatial)).size === 3);
    await publisher.close();
    await control.close();
  });
});
