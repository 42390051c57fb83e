import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { BlankPages } from './blank-pages.ts';
import { encryptFrames, type FrameEncryption } from './frame-encryption.ts';
import { LOWEST_WIDTH, pictureSize, seen, seesWidth, simulcast, svc, withoutDescriptors } from './layered-picture.ts';
import { offerPicture, type PictureOptions } from './page.ts';
import { Stage } from './stage.ts';

let pages: BlankPages;

beforeAll(async () => void (pages = await BlankPages.start()));
afterAll(() => pages?.[Symbol.asyncDispose]());

interface Publication extends Pick<PictureOptions, 'encodings'>, FrameEncryption {
  readonly name: string;
  /** Whether its packets carry dependency descriptors. */
  readonly descriptors: boolean;
}

const publications: readonly Publication[] = [
  { name: 'VP8 in simulcast', codec: 'VP8', encodings: simulcast, descriptors: true },
  { name: 'VP8 in simulcast, by its clear headers', codec: 'VP8', encodings: simulcast, descriptors: false },
  { name: 'VP9 in layers on one another', codec: 'VP9', encodings: svc('L3T3'), descriptors: true },
  { name: 'VP9 in layers of their own', codec: 'VP9', encodings: svc('L3T3_KEY'), descriptors: true },
  { name: 'AV1 in layers on one another', codec: 'AV1', encodings: svc('L3T3'), descriptors: true },
  { name: 'AV1 in layers of their own', codec: 'AV1', encodings: svc('L3T3_KEY'), descriptors: true },
];

describe.each(publications)('$name, encrypted end to end', ({ codec, encodings, descriptors }) => {
  test('is seen at the size that is chosen, by whoever has the key', async () => {
    const publisher = await pages.open();
    await encryptFrames(publisher, { codec });
    const offer = await offerPicture(publisher, { mimeType: `video/${codec}`, encodings, ...pictureSize });
    await using stage = await Stage.publish(publisher, descriptors ? offer : withoutDescriptors(offer));
    const subscriber = await pages.open();
    await encryptFrames(subscriber, { codec });
    const sender = await stage.subscribe(subscriber);
    await seesWidth(subscriber, pictureSize.width);
    const before = await seen(subscriber);
    for (const [spatial, width] of [
      [0, LOWEST_WIDTH],
      [2, pictureSize.width],
      [0, LOWEST_WIDTH],
      [2, pictureSize.width],
    ] as const) {
      sender.setTarget({ spatial, temporal: 7 }, performance.now());
      await seesWidth(subscriber, width);
      await until('the node knows it', () => sender.current?.spatial === spatial);
    }
    const after = await seen(subscriber);
    expect(after['pliCount']).toBe(before['pliCount']);
    // Every frame that came could be decrypted.
    expect(after['framesReceived']! - after['framesDecoded']!).toBeLessThan(15);

    const stranger = await pages.open();
    await stage.subscribe(stranger);
    await until('frames come', async () => (await seen(stranger))['packetsReceived']! > 30);
    expect((await seen(stranger))['framesDecoded'] ?? 0).toBe(0);
    for (const page of [publisher, subscriber, stranger]) await page.close();
  });
});
