import type { PublishOptions } from '@muon/client/local-track.ts';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { SdkStage } from './sdk-stage.ts';

let stage: SdkStage;

beforeAll(async () => void (stage = await SdkStage.open()));
afterAll(() => stage?.[Symbol.asyncDispose]());

/** Publishes a tone of this loudness, and with these options. */
async function publish(identity: string, options: PublishOptions, gain = 0.3): Promise<Page> {
  const page = await stage.connect(identity);
  await page.evaluate(
    async ({ wanted, loudness }) => {
      const context = new AudioContext({ sampleRate: 48_000 });
      const tone = new OscillatorNode(context, { frequency: 440 });
      const destination = new MediaStreamAudioDestinationNode(context);
      tone.connect(new GainNode(context, { gain: loudness })).connect(destination);
      tone.start();
      await window.room.publish(destination.stream.getAudioTracks()[0]!, wanted);
    },
    { wanted: options, loudness: gain },
  );
  return page;
}

interface Sent {
  readonly atMs: number;
  readonly packets: number;
  readonly bytes: number;
  readonly parameters: string;
}

/** What the page has sent of its sound so far. */
function sent(page: Page): Promise<Sent> {
  return page.evaluate(async () => {
    const reports = await Promise.all(window.peers.map(async (peer) => [...(await peer.getStats()).values()]));
    const all = reports.flat();
    const { packetsSent, bytesSent, codecId } = all.find(({ type }) => type === 'outbound-rtp') ?? {};
    const codec = all.find(({ id }) => id === codecId);
    return {
      atMs: performance.now(),
      packets: packetsSent ?? 0,
      bytes: bytesSent ?? 0,
      parameters: codec?.sdpFmtpLine ?? '',
    };
  });
}

/** How much a page sends, over some seconds. */
async function rateOf(page: Page): Promise<{ packetsPerSecond: number; bitrateBps: number }> {
  const before = await until('sound is sent', async () => {
    const now = await sent(page);
    return now.packets > 50 ? now : undefined;
  });
  const after = await until('three seconds have passed', async () => {
    const now = await sent(page);
    return now.atMs - before.atMs > 3000 ? now : undefined;
  });
  const seconds = (after.atMs - before.atMs) / 1000;
  return {
    packetsPerSecond: (after.packets - before.packets) / seconds,
    bitrateBps: ((after.bytes - before.bytes) * 8) / seconds,
  };
}

// Chromium names the codec within as that of the stream: what is sent tells the two apart.
test('a microphone is sent with redundancy unless that is declined, which takes about half', async () => {
  const redundant = await publish('ada', { source: 'microphone' });
  const plain = await publish('bob', { source: 'microphone', redundancy: false });
  const [twice, once] = await Promise.all([rateOf(redundant), rateOf(plain)]);
  expect(twice.bitrateBps / once.bitrateBps).toBeGreaterThan(1.5);
  expect(twice.bitrateBps / once.bitrateBps).toBeLessThan(2.5);
});

test('with DTX next to nothing is sent of silence, and stereo is sent where it is asked for', async () => {
  const options = { source: 'microphone', redundancy: false } as const;
  const silent = await publish('cyd', { ...options, dtx: true }, 0);
  const stereo = await publish('dan', { ...options, stereo: true });
  await until('DTX has begun', async () => (await rateOf(silent)).packetsPerSecond < 15);
  expect((await rateOf(stereo)).packetsPerSecond).toBeGreaterThan(40);
  expect((await sent(silent)).parameters).toContain('usedtx=1');
  expect((await sent(stereo)).parameters).toContain('stereo=1');
});
