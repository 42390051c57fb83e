import { EventEmitter } from 'node:events';
import type { WireConnection } from '@muon/media-node/io/wire-connection.fixture.ts';
import { readVp8 } from '@muon/wire/rtp/vp8.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { encodePli } from '@muon/wire/rtcp/packet.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Ear } from './ear.ts';
import { MeasuredTime } from './measured-time.ts';
import { media } from './medium.ts';
import { Source } from './source.ts';

/** Brings what one sends to the other after a while, unprotected. */
class Wire extends EventEmitter {
  readonly sent: RtpPacket[] = [];
  transportSequenceId = undefined;

  protect(packet: Uint8Array): Uint8Array {
    return packet;
  }

  send(packet: Uint8Array): void {
    this.sent.push(RtpPacket.parse(packet));
    setTimeout(() => this.emit('rtp', packet), 7);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(medium: (typeof media)[keyof typeof media]) {
  const wire = new Wire();
  const connection = wire as unknown as WireConnection;
  const measured = new MeasuredTime();
  return {
    wire,
    measured,
    source: new Source(connection, medium, measured),
    ear: new Ear(connection, medium, measured),
  };
}

test('what was sent while it was measured counts, with how long it took', () => {
  const { measured, source, ear } = open(media.audio);
  source.start(0);
  vi.advanceTimersByTime(1000);
  measured.begin(performance.now());
  vi.advanceTimersByTime(1000);
  measured.end(performance.now());
  vi.advanceTimersByTime(1000);
  expect(measured.seconds).toBe(1);
  expect(source.sent).toBe(50);
  expect(ear.delaysMs).toEqual(Array.from({ length: 50 }, () => 7));
  source.stop();
  ear.stop();
});

test('a video begins with a keyframe, and has another one when somebody asks', () => {
  const { wire, source, ear } = open(media.video);
  source.start(0);
  vi.advanceTimersByTime(100);
  wire.emit('rtcp', encodePli(1, media.video.description.ssrc));
  vi.advanceTimersByTime(100);
  source.stop();
  ear.stop();
  const frames = wire.sent
    .filter((_, at) => at % media.video.packetsPerFrame === 0)
    .map(({ payload }) => readVp8(payload));
  expect(frames.every(({ startsFrame }) => startsFrame)).toBe(true);
  const keyframes = frames.flatMap(({ startsKeyframe }, at) => (startsKeyframe ? [at] : []));
  expect(keyframes).toEqual([0, 3]);
});
