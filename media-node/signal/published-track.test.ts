import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { describe, expect, test, vi } from 'vitest';
import { Receiver } from '../io/receiver.ts';
import { FakeForwarder, videoOptions } from '../room.fixture.ts';
import { Track, type TrackSink } from '../track.ts';
import { PublishedTrack } from './published-track.ts';

const codec = { mimeType: 'video/VP8', clockRate: 90_000, payloadType: 96 };

function newReceiver(rid: string | undefined, ssrc: number) {
  const keyframeWanted = vi.fn<() => void>();
  const msid = { streamId: 's', trackId: 't' };
  return {
    receiver: new Receiver({ mid: '0', kind: 'video', msid, codec, ssrc, rid }, keyframeWanted),
    keyframeWanted,
  };
}

/** A VP8 packet that begins a frame (RFC 7741): the last bit of the payload header says whether a keyframe. */
function vp8(ssrc: number, keyframe: boolean): RtpPacket {
  const header = [0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, ssrc];
  return RtpPacket.parse(Uint8Array.from([...header, 0x10, keyframe ? 0 : 1, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, 0, 0]));
}

function publish() {
  const published = new PublishedTrack(new Track('ada', videoOptions({ forwarder: new FakeForwarder() })));
  const packet = vi.fn<TrackSink['packet']>();
  published.track.addSink({ packet, senderReport: () => undefined });
  return { published, delivered: () => packet.mock.calls.map(([{ ssrc }]) => ssrc) };
}

describe('a published track', () => {
  test('brings all packets of its only stream', () => {
    const { published, delivered } = publish();
    const { receiver, keyframeWanted } = newReceiver(undefined, 1);
    published.add(receiver);
    receiver.emit('packet', vp8(1, false), 0);
    published.requestKeyframe();
    expect(delivered()).toEqual([1]);
    expect(keyframeWanted).toHaveBeenCalledTimes(1);
  });

  test('brings the best of its simulcast layers, from a keyframe on that it asks for', () => {
    const { published, delivered } = publish();
    const low = newReceiver('q', 1);
    const high = newReceiver('f', 2);
    for (const { receiver } of [low, high]) published.add(receiver);
    low.receiver.emit('packet', vp8(1, true), 0);
    high.receiver.emit('packet', vp8(2, false), 10);
    expect(high.keyframeWanted).toHaveBeenCalled();
    low.receiver.emit('packet', vp8(1, false), 20);
    high.receiver.emit('packet', vp8(2, true), 30);
    low.receiver.emit('packet', vp8(1, false), 40);
    high.receiver.emit('packet', vp8(2, false), 50);
    expect(delivered()).toEqual([1, 1, 2, 2]);
  });

  test('has ended when no stream of it is left, and goes on with the others until then', () => {
    const { published, delivered } = publish();
    const low = newReceiver('q', 1);
    const high = newReceiver('f', 2);
    for (const { receiver } of [low, high]) published.add(receiver);
    high.receiver.emit('packet', vp8(2, true), 0);
    published.remove(high.receiver);
    low.receiver.emit('packet', vp8(1, true), 10);
    expect(delivered()).toEqual([2, 1]);
    expect(published.ended).toBe(false);
    published.remove(low.receiver);
    expect(published.ended).toBe(true);
  });
});
