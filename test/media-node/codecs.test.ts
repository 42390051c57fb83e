import { SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LinkPeer } from '../support/link-peer.ts';
import { MediaNode } from '../support/media-node.ts';
import { RpcClient } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';
import { BlankPages } from './blank-pages.ts';
import { offerSound, statsOf } from './page.ts';
import { Stage } from './stage.ts';

let pages: BlankPages;
let node: MediaNode;

beforeAll(async () => {
  pages = await BlankPages.start();
  node = await MediaNode.start();
});

afterAll(async () => {
  await pages?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
});

test('audio with redundancy goes on with it, and without to whoever does not take it', async () => {
  const publisher = await pages.open();
  await using stage = await Stage.publish(publisher, await offerSound(publisher, 'audio/red'));
  const withRed = await pages.open();
  const withoutRed = await pages.open();
  const redundant = await stage.subscribe(withRed);
  const plain = await stage.subscribe(withoutRed, {
    offer: (sdp) => sdp.replaceAll(/a=\w+:63 .*\r\n/g, '').replace(' 111 63', ' 111'),
  });
  expect([redundant.takesRedundancy, plain.takesRedundancy]).toEqual([true, false]);
  for (const page of [withRed, withoutRed]) {
    const audio = await until('it is heard', async () => {
      const stats = await statsOf(page, 'inbound-rtp', 'audio');
      return stats['totalAudioEnergy']! > 0.001 && stats['packetsReceived']! > 200 ? stats : undefined;
    });
    expect(audio['packetsLost']).toBe(0);
  }
  expect(redundant.output.payloadType).toBe(63);
  expect(plain.output.payloadType).toBe(111);
  const bytes = async (page: typeof withRed) => (await statsOf(page, 'inbound-rtp', 'audio'))['bytesReceived']!;
  expect(await bytes(withRed)).toBeGreaterThan(1.3 * (await bytes(withoutRed)));
});

test('a subscriber that does not decode a track is told, and whoever publishes next is asked for what it decodes', async () => {
  const link = await LinkPeer.open(node, { identity: 'camera', kind: 'processor' });
  link.request({
    type: 'publish',
    number: 0,
    kind: 'video',
    source: 'camera',
    codec: { mimeType: 'video/AV1', clockRate: 90_000, payloadType: 45 },
  });
  const { trackId } = await link.notice('published');
  const viewer = await RpcClient.open(node.url('/ws'), await node.controlPlane.token({ identity: 'viewer' }), [
    SIGNAL_SUBPROTOCOL,
  ]);
  await viewer.call('join', { sid: 'test' });
  const offers = (): { sdp: string }[] => viewer.notices('offer') as { sdp: string }[];
  const offer = await until('an offer with the track', () => offers().findLast(({ sdp }) => sdp.includes('AV1/90000')));
  await viewer.call('answer', { desc: { type: 'answer', sdp: refuseVideo(offer.sdp) } });
  const told = await until('the notice', () =>
    (viewer.notices('subscription') as { trackId: string; reason?: string }[]).find(({ reason }) => reason),
  );
  expect(told).toMatchObject({ trackId, state: 'paused', reason: 'unsupported-codec' });

  const publisher = await pages.open();
  const guest = await RpcClient.open(node.url('/ws'), await node.controlPlane.token({ identity: 'guest' }));
  const { result } = await guest.call('join', {
    sid: 'test',
    offer: { type: 'offer', sdp: await publisherOffer(publisher) },
  });
  const video = (result as { sdp: string }).sdp.split(/^m=/m).find((section) => section.startsWith('video'))!;
  const names = [...video.matchAll(/^a=rtpmap:(\d+) (VP8|AV1)\//gm)];
  const first = /^video \d+ \S+ (\d+)/.exec(video)![1];
  expect(new Set(names.map(([, , name]) => name))).toEqual(new Set(['AV1', 'VP8']));
  expect(names.find(([, payloadType]) => payloadType === first)![2]).toBe('VP8');
  for (const client of [viewer, guest]) client.close();
  link.close();
});

/** An offer that would rather send AV1. */
function publisherOffer(page: Awaited<ReturnType<BlankPages['open']>>): Promise<string> {
  return page.evaluate(async () => {
    const peer = new RTCPeerConnection();
    const transceiver = peer.addTransceiver('video', { direction: 'sendonly' });
    const all = RTCRtpSender.getCapabilities('video')!.codecs;
    const named = (name: string) => all.filter(({ mimeType }) => mimeType === name);
    transceiver.setCodecPreferences([...named('video/AV1'), ...named('video/VP8'), ...named('video/rtx')]);
    await peer.setLocalDescription();
    return peer.localDescription!.sdp;
  });
}

/** An answer of a client that takes the data channels alone. */
function refuseVideo(offer: string): string {
  const fingerprint = Array<string>(32).fill('AA').join(':');
  return offer
    .replaceAll(/^m=video \d+/gm, 'm=video 0')
    .replaceAll('a=setup:actpass', 'a=setup:active')
    .replaceAll(/^a=fingerprint:.*$/gm, `a=fingerprint:sha-256 ${fingerprint}`)
    .replaceAll('a=ice-lite\r\n', '');
}
