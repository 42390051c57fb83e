import { writeU32 } from '@muon/wire/bytes.ts';
import { isRtcp } from '@muon/wire/rtp/packet.ts';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchChromiumIn } from '../support/chromium.ts';
import { MediaNode } from '../support/media-node.ts';
import { Namespace } from '../support/namespace.ts';
import { PageServer } from '../support/page-server.ts';
import type { Sample } from '../support/pages/recorder.ts';
import { RtpSource } from '../support/rtp-source.ts';
import { until } from '../support/until.ts';
import { WirePublisher } from '../support/wire-publisher.ts';

const SSRC = 77;

/**
 * Half of it is Chromium: on Linux it looks for a new interface two or three seconds after one has come, and holds on to a
 * path that fell silent for three and a half, whatever better one ICE has found meanwhile.
 */
const LONGEST_GAP_MS = 6000;

let stack: AsyncDisposableStack;
let namespace: Namespace;
let node: MediaNode;
let page: Page;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  namespace = stack.use(new Namespace());
  node = stack.use(await MediaNode.start({}, { clients: namespace }));
  const publisher = stack.use(
    await WirePublisher.join(node, 'camera', { kind: 'audio', payloadType: 111, ssrc: SSRC }),
  );
  stack.use(
    await RtpSource.start('audio', (packet) => {
      if (isRtcp(packet)) return;
      const own = Uint8Array.from(packet);
      writeU32(own, 8, SSRC);
      publisher.send(own);
    }),
  );
});

afterEach(() => stack.disposeAsync());

async function join(): Promise<void> {
  const server = stack.use(await PageServer.start('sdk', namespace.ipv4.here));
  const browser = await launchChromiumIn(namespace, new URL(server.url).origin);
  stack.defer(() => browser.close());
  page = await browser.newPage();
  await page.goto(server.url);
  const token = node.controlPlane.joinToken({ identity: 'bob' });
  const options = { token, apiUrl: node.controlPlane.url, colour: '#e02020', frequencyHz: 500 };
  await page.evaluate((all) => window.participant.join(all), options);
}

/** From which addresses its connections send, and how much they have sent and received there. */
function paths(): Promise<{ address: string; sent: number; received: number }[]> {
  return page.evaluate(async () => {
    const open = window.peers.filter(({ connectionState }) => connectionState !== 'closed');
    const reports = await Promise.all(open.map(async (peer) => new Map(await peer.getStats())));
    return reports.map((report) => {
      const transport = [...report.values()].find(({ type }) => type === 'transport');
      const pair = report.get(transport?.selectedCandidatePairId);
      const { address } = report.get(pair?.localCandidateId) ?? {};
      return { address, sent: pair?.bytesSent ?? 0, received: pair?.bytesReceived ?? 0 };
    });
  });
}

async function flows(address: string): Promise<void> {
  const before = await paths();
  await until(`media from and to ${address}`, async () => {
    const now = await paths();
    const grows = now.map(({ sent, received }, at) => sent > before[at]!.sent && received > before[at]!.received);
    return now.length === 2 && now.every((path) => path.address === address) && grows.every(Boolean);
  });
}

function samples(): Promise<readonly Sample[]> {
  return page.evaluate(() => window.participant.recorder.samples);
}

function heard({ streams }: Sample): number {
  return streams.reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
}

/** In which no more came, from one sample that brought some to the next. */
function longestGapMs(all: readonly Sample[]): number {
  let [longest, sinceMs, latest] = [0, all[0]!.atMs, 0];
  for (const sample of all) {
    longest = Math.max(longest, sample.atMs - sinceMs);
    if (heard(sample) === latest) continue;
    latest = heard(sample);
    sinceMs = sample.atMs;
  }
  return longest;
}

/** How long nothing is heard while the network is changed, until all goes over this address. */
async function gapMs(change: () => string): Promise<number> {
  const joins = await node.metric('muon_joins_total', 'webrtc');
  await page.evaluate(() => window.participant.recorder.start());
  await until('it is looked at', async () => (await samples()).length > 20);
  await flows(change());
  const soFar = heard((await samples()).at(-1)!);
  await until('more is heard', async () => heard((await samples()).at(-1)!) > soFar + 50);
  expect(await node.metric('muon_joins_total', 'webrtc')).toBe(joins);
  return longestGapMs(await samples());
}

test('a browser whose network interface goes and another one comes has its media back, and is still in the room', async () => {
  await join();
  await flows(namespace.ipv4.there);
  expect(await gapMs(() => namespace.rewire())).toBeLessThan(LONGEST_GAP_MS);
});

test('a browser with two networks, one of which goes, has its media back over the other', async () => {
  const second = namespace.addWire();
  await join();
  await flows(namespace.ipv4.there);
  const gap = await gapMs(() => {
    namespace.cutWire();
    return second;
  });
  expect(gap).toBeLessThan(LONGEST_GAP_MS);
});
