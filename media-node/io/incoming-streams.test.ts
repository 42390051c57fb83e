import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { decodeRtcp } from '@muon/wire/rtcp/packet.ts';
import { extensionsLength, writeExtensions, type ExtensionElement } from '@muon/wire/rtp/header-extension.ts';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { wrapRtx } from '@muon/wire/rtp/rtx.ts';
import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { parseDescription } from '@muon/wire/sdp/description.ts';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { answerOffer } from '../negotiation/answer.ts';
import { publisherOffer } from '../negotiation/offer.fixture.ts';
import { emptyFeedbackTally } from './feedback-tally.ts';
import { IncomingStreams } from './incoming-streams.ts';
import type { Receiver } from './receiver.ts';

const local = { ufrag: 'u', password: 'p', fingerprint: 'AA', addresses: [], port: 1 };
const { published } = answerOffer(parseDescription(publisherOffer), local);

/** The numbers that the client gave in its offer. */
const ids = { audioLevel: 1, transportSequence: 3, mid: 4, rid: 10, repairedRid: 11, videoOrientation: 13 };
const VP8 = 120;
const RTX = 121;
const VP9 = 98;

let streams: IncomingStreams;
let receivers: Receiver[];
let ended: Receiver[];
let packets: RtpPacket[];

beforeEach(() => {
  receivers = [];
  ended = [];
  packets = [];
  streams = new IncomingStreams(
    {
      receiverStarted: (receiver) => {
        receivers.push(receiver);
        receiver.on('packet', (packet) => packets.push(packet));
      },
      receiverEnded: (receiver) => ended.push(receiver),
    },
    emptyFeedbackTally(),
  );
  streams.negotiated(published);
});

function text(value: string): Uint8Array {
  return Buffer.from(value);
}

function video(
  ssrc: number,
  seq: number,
  elements: readonly ExtensionElement[] = [],
  payload = [0x10, 0x01],
): Uint8Array {
  return withExtensions(rtpPacket({ ssrc, seq, timestamp: seq * 3000, payloadType: VP8 }, payload).bytes, elements);
}

function withExtensions(packet: Uint8Array, elements: readonly ExtensionElement[]): Uint8Array {
  if (elements.length === 0) return packet;
  const length = extensionsLength(elements);
  const bytes = new Uint8Array(packet.length + length);
  bytes.set(packet.subarray(0, 12));
  bytes[0]! |= 0x10;
  writeExtensions(bytes, 12, elements);
  bytes.set(packet.subarray(12), 12 + length);
  return bytes;
}

function layer(rid: string): ExtensionElement[] {
  return [
    { id: ids.mid, data: text('2') },
    { id: ids.rid, data: text(rid) },
  ];
}

test('a stream is found by the SSRC in the offer, or by its RID, and goes on in our numbers', () => {
  const level = [{ id: ids.audioLevel, data: Uint8Array.of(0x85) }];
  streams.rtpReceived(withExtensions(rtpPacket({ ssrc: 1001, payloadType: 111 }, [1, 2]).bytes, level), 0);
  streams.rtpReceived(video(21, 5, layer('q')), 0);
  streams.rtpReceived(video(22, 5, [...layer('f'), { id: ids.videoOrientation, data: Uint8Array.of(1) }]), 0);
  streams.rtpReceived(video(22, 6), 0);
  expect(receivers.map(({ mid, rid, ssrc }) => [mid, rid, ssrc])).toEqual([
    ['1', undefined, 1001],
    ['2', 'q', 21],
    ['2', 'f', 22],
  ]);
  expect(packets.map(({ payloadType }) => payloadType)).toEqual([111, 96, 96, 96]);
  expect([...packets[0]!.bytes.subarray(12)]).toEqual([0xbe, 0xde, 0, 2, 0x31, 0, 0, 0x40, 0x85, 0, 0, 0, 1, 2]);
  expect([...packets[2]!.bytes.subarray(12)]).toEqual([0xbe, 0xde, 0, 2, 0x31, 0, 0, 0x50, 1, 0, 0, 0, 0x10, 0x01]);
});

test('packets that belong to nothing that was offered are dropped', () => {
  streams.rtpReceived(video(31, 1), 0);
  streams.rtpReceived(video(32, 1, layer('x')), 0);
  streams.rtpReceived(video(33, 1, [{ id: ids.mid, data: text('9') }]), 0);
  expect(receivers).toEqual([]);
});

describe.each(edges)('a layer that starts at %i', (start) => {
  test('asks for its own losses only, takes the repair, and passes each packet once', () => {
    for (let by = 0; by < 6; by++) {
      if (by !== 3) streams.rtpReceived(video(21, after(start, by), layer('q')), by);
      streams.rtpReceived(video(22, after(start, 7 * by), layer('h')), by);
    }
    const nacks = streams
      .poll(30)
      .flatMap((bytes) => decodeRtcp(bytes))
      .filter(({ type }) => type === 'nack');
    expect(nacks).toContainEqual({ type: 'nack', ssrc: 21, seqs: [after(start, 3)] });
    const lost = RtpPacket.parse(video(21, after(start, 3)));
    const rtx = wrapRtx(lost, after(start, 3), { payloadType: RTX, ssrc: 99, seq: 1, timestamp: lost.timestamp });
    const repair = withExtensions(rtx, [
      { id: ids.mid, data: text('2') },
      { id: ids.repairedRid, data: text('q') },
    ]);
    for (let i = 0; i < 3; i++) streams.rtpReceived(repair, 40);
    const seqs = packets.filter(({ ssrc }) => ssrc === 21).map(({ seq }) => seq);
    expect(seqs).toEqual([0, 1, 2, 4, 5, 3].map((by) => after(start, by)));
  });
});

/** How often a keyframe is asked for now. */
function plis(nowMs: number): number {
  const asked = streams.poll(nowMs).flatMap((bytes) => decodeRtcp(bytes));
  return asked.filter(({ type }) => type === 'pli').length;
}

test('a client that is reached at another address is asked for a keyframe of each video', () => {
  streams.rtpReceived(rtpPacket({ ssrc: 1001, payloadType: 111 }).bytes, 0);
  streams.rtpReceived(video(21, 1, layer('q')), 0);
  streams.rtpReceived(video(22, 1, layer('h')), 0);
  expect(plis(10)).toBe(0);
  streams.pathChanged();
  expect(plis(20)).toBe(2);
});

test('a keyframe is asked for once, until it comes', () => {
  streams.rtpReceived(video(21, 1, layer('q')), 0);
  for (let i = 0; i < 10; i++) receivers[0]!.requestKeyframe();
  expect([plis(10), plis(20), plis(510)]).toEqual([1, 0, 1]);
  streams.rtpReceived(video(21, 2, [], [0x10, 0x00]), 600);
  expect(plis(2000)).toBe(0);
});

test('streams of a medium that is gone end, the others go on', () => {
  streams.rtpReceived(rtpPacket({ ssrc: 1001, payloadType: 111 }).bytes, 0);
  streams.rtpReceived(video(21, 1, layer('q')), 0);
  streams.negotiated(published.slice(0, 1));
  expect(ended.map(({ ssrc }) => ssrc)).toEqual([21]);
  streams.close();
  expect(ended.map(({ ssrc }) => ssrc)).toEqual([21, 1001]);
});

test('a layer that comes back after a pause is known without saying again what it is', () => {
  streams.rtpReceived(video(21, 1, layer('q')), 0);
  streams.negotiated(published.slice(0, 1));
  streams.negotiated(published);
  streams.rtpReceived(video(21, 2), 1000);
  expect(receivers.map(({ rid }) => rid)).toEqual(['q', 'q']);
});

test('a stream that goes on with another codec is another stream, now and then', () => {
  streams.rtpReceived(video(21, 1, layer('q')), 0);
  const vp9 = (seq: number): Uint8Array => rtpPacket({ ssrc: 21, seq, payloadType: VP9 }, [0x08, 0x00]).bytes;
  streams.rtpReceived(vp9(2), 500);
  expect(receivers.map(({ codec }) => codec.mimeType)).toEqual(['video/VP8']);
  streams.rtpReceived(vp9(3), 1500);
  expect(receivers.map(({ codec, rid }) => [codec.mimeType, rid])).toEqual([
    ['video/VP8', 'q'],
    ['video/VP9', 'q'],
  ]);
  expect(ended).toEqual([receivers[0]]);
  expect(packets.map(({ seq, payloadType }) => [seq, payloadType])).toEqual([
    [1, 96],
    [3, 98],
  ]);
});

test('audio with redundancy goes on with it, in our numbers', () => {
  streams.rtpReceived(rtpPacket({ ssrc: 1001, seq: 1, payloadType: 111 }, [1, 2]).bytes, 0);
  streams.rtpReceived(rtpPacket({ ssrc: 1001, seq: 2, payloadType: 63 }, [0xef, 0, 0, 1, 0x6f, 1, 2]).bytes, 20);
  expect(receivers).toHaveLength(1);
  expect(packets.map(({ payloadType, payload }) => [payloadType, ...payload])).toEqual([
    [111, 1, 2],
    [63, 0xef, 0, 0, 1, 0x6f, 1, 2],
  ]);
});

test('a packet that was lost goes on from the redundancy of the next, once, and is not asked for', () => {
  const red = (seq: number, before: number): Uint8Array =>
    rtpPacket({ ssrc: 1001, seq, timestamp: 960 * seq, payloadType: 63 }, [0xef, 0x0f, 0x00, 1, 0x6f, before, seq])
      .bytes;
  streams.rtpReceived(red(0xfffe, 8), 0);
  streams.rtpReceived(red(0, 9), 40);
  streams.rtpReceived(red(0xffff, 7), 45);
  streams.rtpReceived(red(1, 6), 60);
  expect(packets.map(({ seq, payloadType, timestamp }) => [seq, payloadType, timestamp % 2 ** 32])).toEqual([
    [0xfffe, 63, 960 * 0xfffe],
    [0xffff, 111, 2 ** 32 - 960],
    [0, 63, 0],
    [1, 63, 960],
  ]);
  expect([...packets[1]!.payload]).toEqual([9]);
  expect(
    streams
      .poll(500)
      .flatMap((bytes) => decodeRtcp(bytes))
      .map(({ type }) => type),
  ).not.toContain('nack');
});

test('two packets that were lost go on from the next, where it repeats both, the later with the earlier as its redundancy', () => {
  const headers = [0xef, 0x1e, 0x00, 1, 0xef, 0x0f, 0x00, 1, 0x6f];
  const red = (seq: number): Uint8Array =>
    rtpPacket({ ssrc: 1001, seq, timestamp: 960 * seq, payloadType: 63 }, [...headers, seq - 2, seq - 1, seq]).bytes;
  for (const seq of [0xfffe, 1]) streams.rtpReceived(red(seq), 0);
  expect(packets.map(({ seq, timestamp, payload }) => [seq, timestamp % 2 ** 32, ...payload])).toEqual([
    [0xfffe, 960 * 0xfffe, 0xef, 0x1e, 0x00, 1, 0xef, 0x0f, 0x00, 1, 0x6f, 0xfc, 0xfd, 0xfe],
    [0xffff, 2 ** 32 - 960, 0xff],
    [0, 0, 0xef, 0x0f, 0x00, 1, 0x6f, 0xff, 0],
    [1, 960, 0xef, 0x1e, 0x00, 1, 0xef, 0x0f, 0x00, 1, 0x6f, 0xff, 0, 1],
  ]);
  expect(packets.map(({ payloadType }) => payloadType)).toEqual([63, 111, 63, 63]);
});

test('a client that invents streams makes no more of them than it may have', () => {
  for (let ssrc = 5000; ssrc < 9000; ssrc++) streams.rtpReceived(video(ssrc, 1, layer('q')), 0);
  expect(receivers.length - ended.length).toBeLessThanOrEqual(64);
});

test('whatever an authentic client sends is read or refused as a protocol error', () => {
  const element = fc.record({
    id: fc.constantFrom(...Object.values(ids), 2, 7),
    data: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  });
  const packet = fc
    .record({
      ssrc: fc.constantFrom(1001, 21, 22, 99),
      seq: fc.nat(65_535),
      payloadType: fc.constantFrom(111, VP8, RTX, 5),
      payload: fc.uint8Array({ maxLength: 12 }),
      elements: fc.oneof(fc.array(element, { maxLength: 3 }), fc.constantFrom(layer('q'), layer('f'))),
      first: fc.nat(0x3f),
      spoil: fc.boolean(),
    })
    .map(({ elements, first, spoil, payload, ...fields }) => {
      const bytes = withExtensions(rtpPacket(fields, payload).bytes, elements);
      if (spoil) bytes[0] = 0x80 | first;
      return bytes;
    });
  let nowMs = 0;
  fc.assert(
    fc.property(packet, fc.uint8Array({ maxLength: 40 }), (rtp, rtcp) => {
      nowMs += 3;
      for (const step of [
        () => streams.rtpReceived(rtp, nowMs),
        () => decodeRtcp(rtcp).forEach((one) => streams.rtcpReceived(one, nowMs)),
      ]) {
        try {
          step();
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }
      for (const bytes of streams.poll(nowMs)) expect(bytes.length).toBeLessThan(2400);
    }),
    { numRuns: 5000 },
  );
});
