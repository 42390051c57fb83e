import { writeU32 } from '@muon/wire/bytes.ts';
import { isRtcp } from '@muon/wire/rtp/packet.ts';
import { expect, test } from 'vitest';
import { launchChromiumIn } from '../support/chromium.ts';
import { MediaNode } from '../support/media-node.ts';
import { Namespace } from '../support/namespace.ts';
import { PageServer } from '../support/page-server.ts';
import type { Sample } from '../support/pages/recorder.ts';
import { RtpSource } from '../support/rtp-source.ts';
import { until } from '../support/until.ts';
import { WirePublisher } from '../support/wire-publisher.ts';

const SSRC = 77;

/** Half a second to know that the old path is silent, as much for the old WebSocket, and then a new one of each. */
const LONGEST_GAP_MS = 5000;

/** In which no more came, from one sample that brought some to the next. */
function longestGapMs(samples: readonly Sample[], count: (sample: Sample) => number): number {
  let [longest, sinceMs, latest] = [0, samples[0]!.atMs, 0];
  for (const sample of samples) {
    longest = Math.max(longest, sample.atMs - sinceMs);
    if (count(sample) === latest) continue;
    latest = count(sample);
    sinceMs = sample.atMs;
  }
  return longest;
}

test('a browser whose network interface goes and another one comes has its media back, and is still in the room', async () => {
  using namespace = new Namespace();
  await using node = await MediaNode.start({}, { clients: namespace });
  await using server = await PageServer.start('sdk', namespace.ipv4.here);
  using publisher = await WirePublisher.join(node, 'camera', { kind: 'audio', payloadType: 111, ssrc: SSRC });
  await using _ = await RtpSource.start('audio', (packet) => {
    if (isRtcp(packet)) return;
    const own = Uint8Array.from(packet);
    writeU32(own, 8, SSRC);
    publisher.send(own);
  });
  const browser = await launchChromiumIn(namespace, new URL(server.url).origin);
  const page = await browser.newPage();
  await page.goto(server.url);
  const token = node.controlPlane.joinToken({ identity: 'bob' });
  const options = { token, apiUrl: node.controlPlane.url, colour: '#e02020', frequencyHz: 500 };
  await page.evaluate((all) => window.participant.join(all), options);
  const joins = await node.metric('muon_joins_total', 'webrtc');

  /** From which addresses its connections send, and how much they have sent and received there. */
  const paths = (): Promise<{ address: string; sent: number; received: number }[]> =>
    page.evaluate(async () => {
      const open = window.peers.filter(({ connectionState }) => connectionState !== 'closed');
      const reports = await Promise.all(open.map(async (peer) => new Map(await peer.getStats())));
      return reports.map((report) => {
        const transport = [...report.values()].find(({ type }) => type === 'transport');
        const pair = report.get(transport?.selectedCandidatePairId);
        const { address } = report.get(pair?.localCandidateId) ?? {};
        return { address, sent: pair?.bytesSent ?? 0, received: pair?.bytesReceived ?? 0 };
      });
    });
  const flows = async (address: string): Promise<void> => {
    const before = await paths();
    await until(`media from and to ${address}`, async () => {
      const now = await paths();
      const grows = now.map(({ sent, received }, at) => sent > before[at]!.sent && received > before[at]!.received);
      return now.length === 2 && now.every((path) => path.address === address) && grows.every(Boolean);
    });
  };
  await flows(namespace.ipv4.there);
  const samples = () => page.evaluate(() => window.participant.recorder.samples);
  await page.evaluate(() => window.participant.recorder.start());
  await until('it is looked at', async () => (await samples()).length > 5);
  await flows(namespace.rewire());
  const heard = ({ streams }: Sample): number => streams.reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
  const soFar = heard((await samples()).at(-1)!);
  await until('more is heard', async () => heard((await samples()).at(-1)!) > soFar + 50);
  const gapMs = longestGapMs(await samples(), heard);
  expect(gapMs).toBeLessThan(LONGEST_GAP_MS);
  expect(await node.metric('muon_joins_total', 'webrtc')).toBe(joins);
  await browser.close();
});
