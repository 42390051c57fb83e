import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { describe, expect, test, vi } from 'vitest';
import type { Sender } from './io/sender.ts';
import { FakeForwarder, videoOptions } from './room.fixture.ts';
import { Track, type TrackSink } from './track.ts';

const packet = RtpPacket.parse(Uint8Array.from([0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9]));
const sender = { interrupt: () => undefined } as Sender;
const newSink = () => ({ packet: vi.fn<TrackSink['packet']>(), senderReport: vi.fn<TrackSink['senderReport']>() });

describe('a track', () => {
  test('brings its packets to those who subscribe, as long as they do', () => {
    const forwarder = new FakeForwarder();
    const track = new Track('ada', videoOptions({ forwarder }));
    const sink = newSink();
    track.deliver(packet, 0);
    track.addSender(sender);
    track.addSender(sender);
    track.addSink(sink);
    track.deliver(packet, 1);
    track.removeSender(sender);
    track.removeSink(sink);
    track.deliver(packet, 2);
    expect(forwarder.forwarded).toEqual([{ packet, senders: 1 }]);
    expect(sink.packet).toHaveBeenCalledTimes(1);
  });

  test('asks for a keyframe for each new subscriber of video, never of audio', () => {
    const requestKeyframe = vi.fn<() => void>();
    const track = new Track('ada', videoOptions({ requestKeyframe }));
    track.addSender(sender);
    track.addSink(newSink());
    expect(requestKeyframe).toHaveBeenCalledTimes(2);
    new Track('ada', videoOptions({ kind: 'audio', requestKeyframe })).addSender(sender);
    expect(requestKeyframe).toHaveBeenCalledTimes(2);
  });

  test('tells its clock to whoever comes late', () => {
    const track = new Track('ada', videoOptions({ kind: 'audio' }));
    const report = { ssrc: 3, ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 4 };
    track.deliverReport(report);
    const sink = newSink();
    track.addSink(sink);
    expect(sink.senderReport).toHaveBeenCalledWith(report);
  });

  test('that is closed brings nothing to nobody', () => {
    const forwarder = new FakeForwarder();
    const track = new Track('ada', videoOptions({ forwarder }));
    track.addSender(sender);
    track.close();
    track.deliver(packet, 0);
    expect(forwarder.forwarded).toEqual([]);
  });
});
