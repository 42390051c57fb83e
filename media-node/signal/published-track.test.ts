import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { describe, expect, test, vi } from 'vitest';
import { LayerReader } from '../forward/layer-reader.ts';
import { Receiver } from '../io/receiver.ts';
import { FakeForwarder, videoOptions } from '../room.fixture.ts';
import { Track, type TrackSink } from '../track.ts';
import { PublishedTrack } from './published-track.ts';

const codec = { mimeType: 'video/VP8', clockRate: 90_000, payloadType: 96 };

function newReceiver(rid: string | undefined, ssrc: number) {
  const keyframeWanted = vi.fn<() => void>();
  const msid = { streamId: 's', trackId: 't' };
  const rids = rid === undefined ? [] : ['q', 'h', 'f'];
  const receiver = new Receiver({ mid: '0', kind: 'video', msid, codec, ssrc, rid, rids }, keyframeWanted);
  const reader = new LayerReader(codec.mimeType);
  let seq = 0;
  return {
    receiver,
    keyframeWanted,
    /** A VP8 packet that is a frame (RFC 7741): the last bit of the payload header says whether a keyframe. */
    send(keyframe: boolean, nowMs: number) {
      const header = [0x80, 0xe0, 0, seq++, 0, 0, 0, seq, 0, 0, 0, ssrc];
      const payload = [0x10, keyframe ? 0 : 1, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];
      const packet = RtpPacket.parse(Uint8Array.from([...header, ...payload]));
      receiver.emit('packet', packet, nowMs, reader.read(packet));
    },
  };
}

/** A published track and a sink that takes the best of it. */
function publish() {
  const published: PublishedTrack = new PublishedTrack(
    new Track(
      'ada',
      videoOptions({
        forwarder: new FakeForwarder(),
        requestKeyframe: (encoding) => published.requestKeyframe(encoding),
      }),
    ),
  );
  const packet = vi.fn<TrackSink['packet']>();
  published.track.addSink({ packet, senderReport: () => undefined });
  return { published, delivered: () => packet.mock.calls.length, packet };
}

describe('a published track', () => {
  test('brings all packets of its only stream, from a keyframe on', () => {
    const { published, delivered } = publish();
    const camera = newReceiver(undefined, 1);
    published.add(camera.receiver);
    camera.send(false, 0);
    expect(delivered()).toBe(0);
    expect(camera.keyframeWanted).toHaveBeenCalled();
    camera.send(true, 10);
    camera.send(false, 20);
    expect(delivered()).toBe(2);
  });

  test('brings a sink one stream of the best of its encodings, or of the one it is limited to', () => {
    const { published, delivered, packet } = publish();
    const low = newReceiver('q', 1);
    const high = newReceiver('f', 2);
    for (const { receiver } of [low, high]) published.add(receiver);
    low.send(true, 0);
    high.send(false, 10);
    expect(high.keyframeWanted).toHaveBeenCalled();
    low.send(false, 20);
    high.send(true, 30);
    low.send(false, 40);
    high.send(false, 50);
    expect(delivered()).toBe(4);
    expect(packet.mock.calls.map(([{ ssrc, seq }]) => [ssrc, seq])).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    const limited = vi.fn<TrackSink['packet']>();
    const sink = { packet: limited, senderReport: () => undefined };
    published.track.addSink(sink, { spatial: 0, temporal: 7 });
    high.send(true, 60);
    low.send(true, 70);
    expect(limited.mock.calls.map(([{ ssrc }]) => ssrc)).toEqual([1]);
    published.track.limitSink(sink, { spatial: 2, temporal: 7 });
    high.send(true, 80);
    low.send(false, 90);
    expect(limited).toHaveBeenCalledTimes(2);
  });

  test('tells what its encodings take, and how large they are', () => {
    vi.spyOn(performance, 'now').mockReturnValue(1000);
    const { published } = publish();
    const low = newReceiver('q', 1);
    const high = newReceiver('f', 2);
    for (const { receiver } of [low, high]) published.add(receiver);
    for (let ms = 0; ms < 1000; ms += 50) {
      low.send(ms === 0, ms);
      for (let i = 0; i < 4; i++) high.send(ms === 0 && i === 0, ms);
    }
    const bitrateBps = 20 * 23 * 8;
    const size = { width: 640, height: 360 };
    expect(published.track.layers()).toEqual([
      { spatial: 0, temporal: 0, bitrateBps, ...size },
      { spatial: 2, temporal: 0, bitrateBps: 4 * bitrateBps, ...size },
    ]);
    vi.restoreAllMocks();
  });

  test('tells a sink the clock of each encoding as it begins', () => {
    const { published } = publish();
    const low = newReceiver('q', 1);
    const high = newReceiver('f', 2);
    for (const { receiver } of [low, high]) published.add(receiver);
    const report = { ntpSeconds: 100, ntpFraction: 0, rtpTimestamp: 90 };
    low.receiver.emit('senderReport', { ...report, ssrc: 1 });
    high.receiver.emit('senderReport', { ...report, ssrc: 2 });
    const senderReport = vi.fn<TrackSink['senderReport']>();
    published.track.addSink({ packet: () => undefined, senderReport });
    low.send(true, 0);
    high.send(true, 10);
    low.receiver.emit('senderReport', { ...report, ssrc: 1 });
    high.receiver.emit('senderReport', { ...report, ssrc: 2, rtpTimestamp: 100 });
    // The second one has the picture of the first, so that it is a little later.
    expect(senderReport.mock.calls.map(([{ ssrc, rtpTimestamp }]) => [ssrc, rtpTimestamp])).toEqual([
      [1, 90],
      [1, 91],
      [1, 101],
    ]);
  });

  test('has ended when no stream of it is left, and goes on with the others until then', () => {
    const { published, delivered } = publish();
    const low = newReceiver('q', 1);
    const high = newReceiver('f', 2);
    for (const { receiver } of [low, high]) published.add(receiver);
    high.send(true, 0);
    published.remove(high.receiver);
    low.send(true, 10);
    expect(delivered()).toBe(2);
    expect(published.ended).toBe(false);
    published.remove(low.receiver);
    expect(published.ended).toBe(true);
  });
});
