import { readU16 } from '@muon/wire/bytes.ts';
import { encodePadding } from '@muon/wire/rtp/encode.ts';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { withTransportSequence } from '@muon/wire/rtp/transport-sequence.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { headerExtensions } from '../negotiation/header-extensions.ts';
import { OutgoingTransport } from './outgoing-transport.ts';
import type { PacketIo, RtpOutput } from './packet-io.ts';

const { id } = headerExtensions.transportSequence;

/** What went out, in order: by its SSRC and its transport-wide number. */
let sent: { ssrc: number; transportSequence: number | undefined }[];
let transport: OutgoingTransport;

const io = {
  sendRtp: (_session: number, bytes: Uint8Array) =>
    sent.push({ ssrc: RtpPacket.parse(bytes).ssrc, transportSequence: readU16(bytes, 17) }),
  fanOut: (_packet: RtpPacket, outputs: RtpOutput[]) =>
    outputs.forEach(({ ssrc, transportSequence }) => sent.push({ ssrc, transportSequence })),
} as unknown as PacketIo;

const AUDIO = 1;
const VIDEO = 2;
const RTX = 3;

beforeEach(() => {
  sent = [];
  transport = new OutgoingTransport(io, () => {
    const header = { payloadType: 97, marker: false, seq: 0, timestamp: 0, ssrc: RTX };
    return withTransportSequence(RtpPacket.parse(encodePadding(header)), id).bytes;
  });
  transport.start(1);
});

function packetOf(ssrc: number): RtpPacket {
  return withTransportSequence(rtpPacket({ ssrc }, new Uint8Array(1100)), id);
}

function send(ssrc: number, nowMs: number): void {
  const edit = { offset: 0, length: 0, value: 0 };
  const fixed = { session: 1, seq: 0, timestamp: 0, payloadType: 96, marker: false, edit };
  const output: RtpOutput = { ...fixed, ssrc, transportSequence: undefined };
  const packet = packetOf(ssrc);
  if (transport.admit(packet, output, ssrc === AUDIO ? 'audio' : 'video', nowMs)) io.fanOut(packet, [output], 1);
}

/** Feedback that says that all packets so far arrived as they were sent. */
function giveFeedback(from: number, nowMs: number): void {
  const arrivalsUs = sent.slice(from).map(() => nowMs * 1000);
  const baseSeq = sent[from]!.transportSequence!;
  transport.feedback({ baseSeq, count: 0, referenceUs: nowMs * 1000, arrivalsUs }, nowMs);
}

test('a client that gives no feedback gets everything at once, without numbers', () => {
  for (let i = 0; i < 1000; i++) send(VIDEO, 0);
  expect(sent).toHaveLength(1000);
  expect(new Set(sent.map(({ transportSequence }) => transportSequence))).toEqual(new Set([undefined]));
  expect(transport.estimateBps(0)).toBeUndefined();
});

test('REMB is the estimate of a client that gives no other', () => {
  transport.limited(700_000);
  expect(transport.estimateBps(0)).toBe(700_000);
});

describe('with feedback', () => {
  beforeEach(() => {
    transport.expectFeedback();
    send(AUDIO, 0);
    giveFeedback(0, 1);
    sent.splice(0);
  });

  test('numbers go through all streams, retransmissions and padding', () => {
    transport.wantedBps = 2_000_000;
    send(AUDIO, 10);
    send(VIDEO, 10);
    transport.repair(packetOf(RTX).bytes, 10);
    transport.poll(10);
    const numbers = sent.map(({ transportSequence }) => transportSequence! - sent[0]!.transportSequence!);
    expect(sent.length).toBeGreaterThan(5);
    expect(numbers).toEqual(sent.map((_, index) => index));
  });

  test('a burst goes out at the pace of the estimate: audio at once, repairs before video, nothing lost', () => {
    for (let i = 0; i < 30; i++) send(VIDEO, 10);
    const atOnce = sent.length;
    expect(atOnce).toBeLessThan(10);
    transport.repair(packetOf(RTX).bytes, 10);
    send(AUDIO, 10);
    expect(sent.slice(atOnce).map(({ ssrc }) => ssrc)).toEqual([AUDIO]);
    transport.poll(20);
    expect(sent[atOnce + 1]!.ssrc).toBe(RTX);
    expect(sent.length).toBeLessThan(20);
    for (let nowMs = 30; nowMs < 300; nowMs += 10) transport.poll(nowMs);
    expect(sent.filter(({ ssrc }) => ssrc === VIDEO)).toHaveLength(30);
  });

  test('video below the pace does not wait', () => {
    for (let nowMs = 10; nowMs < 1000; nowMs += 10) {
      send(VIDEO, nowMs);
      expect(sent).toHaveLength(nowMs / 10);
    }
  });

  test('a keyframe of another layer overtakes what waits of its stream, where that would take long', () => {
    for (let i = 0; i < 8; i++) send(VIDEO, 10);
    transport.overtake(VIDEO, 10);
    for (let nowMs = 20; nowMs < 300; nowMs += 10) transport.poll(nowMs);
    expect(sent).toHaveLength(8);
    for (let i = 0; i < 60; i++) send(VIDEO, 300);
    expect(transport.waitMs(300)).toBeGreaterThan(100);
    transport.overtake(VIDEO, 300);
    expect(transport.waitMs(300)).toBe(0);
  });

  test('no more than half of the estimate goes to retransmissions', () => {
    for (let nowMs = 10; nowMs < 1010; nowMs += 10) {
      for (let i = 0; i < 5; i++) transport.repair(packetOf(RTX).bytes, nowMs);
      transport.poll(nowMs);
    }
    expect(sent.length * 1150 * 8).toBeGreaterThan(400_000);
    expect(sent.length * 1150 * 8).toBeLessThan(600_000);
  });

  test('what waits of a stream that ends is not sent', () => {
    for (let i = 0; i < 30; i++) send(VIDEO, 10);
    const atOnce = sent.length;
    transport.drop(VIDEO);
    for (let nowMs = 20; nowMs < 300; nowMs += 10) transport.poll(nowMs);
    expect(sent).toHaveLength(atOnce);
  });

  test('nor are its retransmissions', () => {
    for (let i = 0; i < 30; i++) send(VIDEO, 10);
    const atOnce = sent.length;
    transport.repair(packetOf(RTX).bytes, 10);
    transport.drop(VIDEO);
    transport.drop(RTX);
    for (let nowMs = 20; nowMs < 300; nowMs += 10) transport.poll(nowMs);
    expect(sent).toHaveLength(atOnce);
  });

  test('it is known for how long what is sent was not answered', () => {
    send(AUDIO, 100);
    expect(transport.unansweredMs(2000)).toBe(0);
    for (let i = 0; i < 30; i++) send(AUDIO, 200);
    expect(transport.unansweredMs(901)).toBe(900);
    giveFeedback(0, 1000);
    expect(transport.unansweredMs(1500)).toBe(0);
  });

  test('without feedback for some seconds nothing is held back any more', () => {
    for (let i = 0; i < 300; i++) send(VIDEO, 5000);
    expect(sent).toHaveLength(300);
  });
});

test('the rate and the round trip are told', () => {
  transport.poll(1000);
  for (let nowMs = 1000; nowMs < 2000; nowMs += 10) send(VIDEO, nowMs);
  transport.poll(2000);
  expect(transport.stats(2000).sendBps).toBeGreaterThan(880_000);
  expect(transport.stats(2000).sendBps).toBeLessThan(980_000);
  expect(transport.stats(2000).rttMs).toBeUndefined();
  transport.reportSent({ ssrc: VIDEO, ntpSeconds: 5, ntpFraction: 0, rtpTimestamp: 0 }, 2000);
  const loss = { ssrc: VIDEO, fractionLost: 128, packetsLost: 1, highestSeq: 1, jitter: 0 };
  transport.reported({ ...loss, lastSenderReport: 5 << 16, delaySinceLastSenderReport: 65_536 }, 3070);
  expect(transport.stats(3070).rttMs).toBeCloseTo(70);
  expect(transport.stats(3070).lossFraction).toBeCloseTo(0.125);
});

describe('over a path that loses nothing', () => {
  /** Video at 500 kbit/s and sound for so long, with feedback or without. */
  function run(fromMs: number, durationMs: number, answered: boolean): void {
    for (let nowMs = fromMs; nowMs < fromMs + durationMs; nowMs += 20) {
      const before = sent.length;
      send(AUDIO, nowMs);
      send(VIDEO, nowMs);
      transport.poll(nowMs);
      if (answered) giveFeedback(before, nowMs + 10);
    }
  }

  const count = (wanted: number): number => sent.filter(({ ssrc }) => ssrc === wanted).length;

  let leftOut: number;

  beforeEach(() => {
    leftOut = 0;
    transport.onLeftOut = () => leftOut++;
    transport.expectFeedback();
    transport.start(1, true);
    run(0, 2000, true);
    expect(count(VIDEO)).toBe(100);
    sent = [];
  });

  test('video waits here once it would wait on the way, while sound goes on', () => {
    run(2000, 600, false);
    expect(count(AUDIO)).toBe(30);
    expect(count(VIDEO)).toBeLessThan(15);
    giveFeedback(0, 2600);
    run(2620, 400, true);
    expect(count(VIDEO)).toBe(50);
    expect(leftOut).toBe(0);
  });

  test('what has waited for a second is left out, and it is told', () => {
    run(2000, 2000, false);
    expect(leftOut).toBeGreaterThan(0);
    expect(transport.waitMs(4000)).toBeLessThan(1000);
    const before = count(VIDEO);
    giveFeedback(0, 4000);
    run(4020, 1000, true);
    expect(count(VIDEO) - before).toBeLessThan(110);
    expect(count(AUDIO)).toBe(150);
  });

  test('a client that tells of video alone is not held back for the sound that it does not tell of', () => {
    for (let nowMs = 2000; nowMs < 7000; nowMs += 20) {
      send(AUDIO, nowMs);
      transport.poll(nowMs);
      if (nowMs % 500 !== 0) continue;
      const before = sent.length;
      send(VIDEO, nowMs);
      expect(sent).toHaveLength(before + 1);
      giveFeedback(before, nowMs + 10);
    }
  });

  test('a client that has moved to UDP is sent all again', () => {
    run(2000, 600, false);
    transport.pathChanged();
    run(2600, 600, false);
    expect(count(VIDEO)).toBe(60);
  });
});
