import { keySvc, temporalLayers } from '@muon/wire/rtp/dependency-descriptor.fixture.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { after, edges, seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { readVp8 } from '@muon/wire/rtp/vp8.ts';
import { readVp9 } from '@muon/wire/rtp/vp9.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { Encodings } from './encodings.ts';
import { LayeredStream } from './layered-stream.ts';
import { DESCRIPTOR_ID, LayerSource } from './layered-stream.fixture.ts';
import { LayerReader } from './layer-reader.ts';
import { withFields } from './packet-edit.ts';
import type { Layer } from './packet-layer.ts';

const FRAME_MS = 33;

let encodings: Encodings;
let nowMs: number;
let sent: RtpPacket[];
let stream: LayeredStream;

beforeEach(() => {
  encodings = new Encodings();
  nowMs = 1000;
  sent = [];
});

function newStream(mimeType: string, readsDescriptors = false): void {
  stream = new LayeredStream({ mimeType, clockRate: 90_000, start: { seq: 100, timestamp: 5000 } });
  stream.readsDescriptors = readsDescriptors;
}

function send(source: LayerSource, packets: readonly RtpPacket[]): void {
  for (const packet of packets) {
    const { layer } = source.read(packet);
    encodings.arrived(source.encoding, layer, packet.bytes.length, nowMs);
    if (!stream.take(packet, layer, nowMs)) continue;
    const { seq, timestamp, marker, edit } = stream;
    sent.push(withFields(packet, { ssrc: 9, seq, timestamp, marker, edit }));
  }
}

function expectContinuous(): void {
  expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, by) => after(100, by)));
  sent.slice(1).forEach(({ timestamp }, i) => {
    expect((timestamp - sent[i]!.timestamp) | 0).toBeGreaterThanOrEqual(0);
  });
}

/** The frames that were sent, each by its timestamp, with whether its last packet is marked. */
function pictures(): { timestamp: number; marked: boolean; packets: RtpPacket[] }[] {
  const found: { timestamp: number; marked: boolean; packets: RtpPacket[] }[] = [];
  for (const packet of sent) {
    const last = found.at(-1);
    if (last?.timestamp === packet.timestamp) {
      expect(last.marked).toBe(false);
      last.packets.push(packet);
      last.marked = packet.marker;
    } else {
      found.push({ timestamp: packet.timestamp, marked: packet.marker, packets: [packet] });
    }
  }
  return found;
}

describe.each(edges)('VP8 simulcast whose counters begin at %i', (start) => {
  let low: LayerSource;
  let high: LayerSource;

  beforeEach(() => {
    newStream('video/VP8');
    const common = { mimeType: 'video/VP8', timestamp: 0xffff_0000 };
    low = new LayerSource({
      ...common,
      encoding: encodings.add(0, 90_000),
      ssrc: 1,
      seq: start,
      pictureId: start & 0x7fff,
    });
    high = new LayerSource({
      ...common,
      encoding: encodings.add(2, 90_000),
      ssrc: 2,
      seq: after(start, 30_000),
      pictureId: 77,
    });
  });

  /** One picture of each, of which those in `keyframes` depend on no other. */
  function picture(keyframes = ''): void {
    send(low, low.vp8({ keyframe: keyframes.includes('l') }));
    send(high, high.vp8({ keyframe: keyframes.includes('h') }));
    nowMs += FRAME_MS;
  }

  function setTarget(spatial: number): void {
    stream.selector.setTarget({ spatial, temporal: 7 });
  }

  test('begins with whatever can be decoded first, and goes on to the best with its keyframe', () => {
    picture('l');
    expect(stream.selector.current).toEqual({ spatial: 0, temporal: 0 });
    expect(stream.selector.lacking?.rank).toBe(2);
    picture();
    picture('h');
    expect(stream.selector.current).toEqual({ spatial: 2, temporal: 0 });
    expect(stream.selector.lacking).toBeUndefined();
    picture();
    expectContinuous();
    expect(sent).toHaveLength(2 + 2 + 4 + 2);
  });

  test('counts pictures, base pictures and keyframes on across switches', () => {
    picture('lh');
    for (const spatial of [0, 2, 0, 2]) {
      setTarget(spatial);
      picture();
      picture('lh');
      picture();
    }
    expectContinuous();
    const numbers = pictures().map(({ packets }) => readVp8(packets[0]!.payload).numbers!);
    numbers.slice(1).forEach(({ pictureId, tl0 }, i) => {
      expect((pictureId - numbers[i]!.pictureId) & 0x7fff).toBe(1);
      expect((tl0! - numbers[i]!.tl0!) & 0xff).toBe(1);
    });
    const keys = new Set(numbers.map(({ keyIndex }) => keyIndex));
    expect(keys.size).toBe(8);
  });

  test('sends the old encoding until the new one has a keyframe, which is asked for now and then', () => {
    picture('lh');
    picture('lh');
    setTarget(0);
    const asked: number[] = [];
    for (let i = 0; i < 20; i++) {
      picture();
      if (stream.selector.asks(nowMs)) asked.push(i);
    }
    expect(asked).toEqual([0, 8, 16]);
    expect(stream.selector.current?.spatial).toBe(2);
    picture('l');
    expect(stream.selector.current?.spatial).toBe(0);
    expect(stream.selector.asks(nowMs + 1000)).toBe(false);
    expectContinuous();
  });

  test('is paused and goes on with a keyframe, without a gap', () => {
    picture('lh');
    stream.selector.setTarget(undefined);
    const count = sent.length;
    picture('lh');
    picture();
    expect(sent).toHaveLength(count);
    expect(stream.selector.asks(nowMs)).toBe(false);
    setTarget(7);
    picture();
    expect(sent).toHaveLength(count);
    picture('h');
    expect(sent.length).toBeGreaterThan(count);
    expectContinuous();
    // The clock of the source has gone on meanwhile.
    expect((sent[count]!.timestamp - sent[count - 1]!.timestamp) | 0).toBeGreaterThan(3 * 3000);
  });

  test('falls to what flows when its encoding stops, and comes back when it flows again', () => {
    picture('lh');
    picture('h');
    for (let i = 0; i < 30; i++) {
      send(low, low.vp8());
      nowMs += FRAME_MS;
    }
    expect(stream.selector.lacking?.rank).toBe(0);
    send(low, low.vp8({ keyframe: true }));
    expect(stream.selector.current?.spatial).toBe(0);
    picture();
    expect(stream.selector.lacking?.rank).toBe(2);
    picture('h');
    expect(stream.selector.current?.spatial).toBe(2);
    expectContinuous();
  });

  test.each([
    { substitutes: false, what: 'waits while nothing within its target flows, and goes on where it was' },
    { substitutes: true, what: 'takes the lowest that flows meanwhile, where any will do' },
  ])('$what', ({ substitutes }) => {
    stream.selector.substitutes = substitutes;
    setTarget(0);
    picture('lh');
    for (let i = 0; i < 70; i++) {
      send(high, high.vp8({ keyframe: true }));
      nowMs += FRAME_MS;
    }
    const spatials = new Set([stream.selector.current?.spatial]);
    picture(substitutes ? 'l' : '');
    spatials.add(stream.selector.current?.spatial);
    expect([...spatials]).toEqual(substitutes ? [2, 0] : [undefined, 0]);
    expectContinuous();
  });

  test('a keyframe whose beginning comes late is not switched to', () => {
    picture('lh');
    setTarget(0);
    const [first, second] = low.vp8({ keyframe: true });
    send(low, [second!, first!]);
    expect(stream.selector.current?.spatial).toBe(2);
  });

  test('a still picture is no reason to change', () => {
    picture('lh');
    picture('h');
    for (let i = 0; i < 10; i++) {
      picture();
      nowMs += 2000;
    }
    expect(stream.selector.current?.spatial).toBe(2);
    expect(stream.selector.lacking).toBeUndefined();
  });

  test('padding takes no number', () => {
    picture('lh');
    send(high, [high.padding(), high.padding()]);
    send(low, [low.padding()]);
    picture();
    expectContinuous();
  });
});

test('a picture that both encodings have is not sent twice under one timestamp, and their clocks are kept in step', () => {
  newStream('video/VP8');
  const low = new LayerSource({ mimeType: 'video/VP8', encoding: encodings.add(0, 90_000), ssrc: 1, timestamp: 1000 });
  const high = new LayerSource({
    mimeType: 'video/VP8',
    encoding: encodings.add(1, 90_000),
    ssrc: 2,
    timestamp: 0xffff_f000,
  });
  const report = { ntpSeconds: 3_900_000_000, ntpFraction: 0 };
  low.encoding.reported({ ...report, ssrc: 1, rtpTimestamp: 1000 });
  high.encoding.reported({
    ...report,
    ntpSeconds: report.ntpSeconds + 1,
    ssrc: 2,
    rtpTimestamp: (0xffff_f000 + 90_000) >>> 0,
  });
  send(low, low.vp8({ keyframe: true }));
  const first = sent[0]!.timestamp;
  // Late and all at once, as after a pause of the network: what is told of the clocks counts, not when it came.
  nowMs += 400;
  send(high, high.vp8({ keyframe: true }));
  send(high, high.vp8());
  expect(pictures().map(({ timestamp }) => timestamp - first)).toEqual([0, 1, 3001]);
  const told = stream.report(high.encoding, { ...report, ssrc: 2, rtpTimestamp: 0xffff_f000 + 3000 }, 9);
  expect(told).toMatchObject({ ssrc: 9, rtpTimestamp: first + 3001 });
  expect(stream.report(low.encoding, { ...report, ssrc: 1, rtpTimestamp: 1000 }, 9)).toBeUndefined();
});

/** T0 T2 T1 T2, as encoders of VP8 make it; `sync` where a layer can be begun. */
const pattern = [
  { temporal: 0, sync: false },
  { temporal: 2, sync: true },
  { temporal: 1, sync: true },
  { temporal: 2, sync: false },
];

describe('temporal layers of VP8', () => {
  let source: LayerSource;
  let count: number;

  beforeEach(() => {
    newStream('video/VP8');
    source = new LayerSource({
      mimeType: 'video/VP8',
      encoding: encodings.add(0, 90_000),
      ssrc: 1,
      seq: 65_530,
      pictureId: 32_760,
    });
    count = 0;
    send(source, source.vp8({ keyframe: true }));
    nowMs += FRAME_MS;
    count++;
  });

  function send4(lose: (packet: number) => boolean = () => false): void {
    for (let i = 0; i < 4; i++) {
      const packets = source.vp8(pattern[count++ % 4]);
      send(
        source,
        packets.filter((_, at) => !lose(4 * i + at)),
      );
      nowMs += FRAME_MS;
    }
  }

  function temporals(): number[] {
    return pictures().map(({ packets }) => readVp8(packets[0]!.payload).temporal);
  }

  test('are left out at once, without a gap, and come back where they can be begun', () => {
    send4();
    stream.selector.setTarget({ spatial: 7, temporal: 1 });
    send4();
    stream.selector.setTarget({ spatial: 7, temporal: 0 });
    send4();
    expect(stream.selector.current).toEqual({ spatial: 0, temporal: 0 });
    stream.selector.setTarget({ spatial: 7, temporal: 2 });
    send4();
    send4();
    expect(stream.selector.current).toEqual({ spatial: 0, temporal: 2 });
    expect(stream.selector.lacking).toBeUndefined();
    expectContinuous();
    // The third layer comes back behind the second, which it may depend on.
    expect(temporals()).toEqual([0, 2, 1, 2, 0, 1, 0, 0, 1, 0, 2, 1, 2, 0]);
    const ids = pictures().map(({ packets }) => readVp8(packets[0]!.payload).numbers!.pictureId);
    ids.slice(1).forEach((id, i) => expect((id - ids[i]!) & 0x7fff).toBe(1));
  });

  test('that are lost on the way where they would be left out leave no gap', () => {
    stream.selector.setTarget({ spatial: 7, temporal: 0 });
    for (let round = 0; round < 4; round++) send4((packet) => packet > 3 && packet < 12 && packet % 4 === round % 2);
    expectContinuous();
  });
});

describe('spatial layers of VP9', () => {
  let source: LayerSource;

  beforeEach(() => {
    newStream('video/VP9');
    source = new LayerSource({
      mimeType: 'video/VP9',
      encoding: encodings.add(0, 90_000),
      ssrc: 1,
      seq: 65_500,
      pictureId: 32_700,
    });
  });

  function spatials(): number[][] {
    return pictures().map(({ packets, marked }) => {
      expect(marked).toBe(true);
      return packets.map(({ payload }) => readVp9(payload).spatial);
    });
  }

  test('that depend on one another are left out at once and come back with a keyframe', () => {
    send(source, source.vp9({ keyframe: true }));
    stream.selector.setTarget({ spatial: 1, temporal: 7 });
    send(source, source.vp9());
    stream.selector.setTarget({ spatial: 2, temporal: 7 });
    send(source, source.vp9());
    expect(stream.selector.asks(nowMs)).toBe(true);
    send(source, source.vp9({ keyframe: true }));
    expect(stream.selector.lacking).toBeUndefined();
    send(source, source.vp9());
    const whole = [0, 0, 1, 1, 2, 2];
    expect(spatials()).toEqual([whole, whole.slice(0, 4), whole.slice(0, 4), whole, whole]);
    expectContinuous();
    expect(stream.selector.current).toEqual({ spatial: 2, temporal: 0 });
  });

  test('that depend on one another at keyframes only are sent alone, and changed with a keyframe', () => {
    send(source, source.vp9({ keyframe: true, alone: true }));
    send(source, source.vp9({ alone: true }));
    stream.selector.setTarget({ spatial: 0, temporal: 7 });
    send(source, source.vp9({ alone: true }));
    expect(stream.selector.asks(nowMs)).toBe(true);
    send(source, source.vp9({ keyframe: true, alone: true }));
    send(source, source.vp9({ alone: true }));
    expect(spatials()).toEqual([
      [0, 0, 1, 1, 2, 2],
      [2, 2],
      [2, 2],
      [0, 0],
      [0, 0],
    ]);
    expectContinuous();
  });

  test('that the publisher stops sending are not waited for', () => {
    send(source, source.vp9({ keyframe: true, alone: true }));
    for (let i = 0; i < 20; i++) send(source, source.vp9({ alone: true, spatialLayers: 2 }));
    expect(stream.selector.asks(nowMs)).toBe(true);
    send(source, source.vp9({ keyframe: true, alone: true, spatialLayers: 2 }));
    send(source, source.vp9({ alone: true, spatialLayers: 2 }));
    expect(stream.selector.lacking).toBeUndefined();
    expect(spatials()).toEqual([
      [0, 0, 1, 1, 2, 2],
      [0, 0, 1, 1],
      [1, 1],
    ]);
    send(source, source.vp9({ alone: true }));
    expect(stream.selector.asks(nowMs + 1000)).toBe(true);
  });

  test('have temporal layers that are left out in all of them', () => {
    send(source, source.vp9({ keyframe: true }));
    stream.selector.setTarget({ spatial: 2, temporal: 0 });
    for (const temporal of [2, 1, 2, 0]) send(source, source.vp9({ temporal, up: false }));
    stream.selector.setTarget({ spatial: 2, temporal: 2 });
    for (const temporal of [2, 1, 2, 0, 2]) send(source, source.vp9({ temporal, up: temporal === 0 }));
    expect(pictures().map(({ packets }) => readVp9(packets[0]!.payload).temporal)).toEqual([0, 0, 0, 2]);
    expectContinuous();
  });
});

describe('frames that a descriptor tells of', () => {
  let source: LayerSource;
  const keyframe = [0, 3];
  const base = [1, 4];
  const upper = [2, 5];

  beforeEach(() => {
    newStream('video/AV1', true);
    source = new LayerSource({
      mimeType: 'video/AV1',
      encoding: encodings.add(0, 90_000),
      ssrc: 1,
      seq: 65_500,
      pictureId: 65_530,
    });
  });

  /** Spatial and temporal layer of each frame that was sent. */
  function frames(): string[][] {
    const reader = new LayerReader('video/AV1', DESCRIPTOR_ID);
    return pictures().map(({ packets, marked }) => {
      expect(marked).toBe(true);
      const layers = packets.map((packet) => reader.read(packet));
      return layers.filter(({ startsFrame }) => startsFrame).map(({ spatial, temporal }) => `S${spatial}T${temporal}`);
    });
  }

  test('are chosen by their decode targets, and nothing of their payload is read', () => {
    send(source, source.described(keySvc, keyframe, true));
    send(source, source.described(keySvc, upper, false));
    send(source, source.described(keySvc, base, false));
    stream.selector.setTarget({ spatial: 1, temporal: 0 });
    send(source, source.described(keySvc, upper, false));
    send(source, source.described(keySvc, base, false));
    stream.selector.setTarget({ spatial: 0, temporal: 1 });
    send(source, source.described(keySvc, upper, false));
    // Said to be a frame to go on from, but only for whoever has the one before.
    send(source, source.described(keySvc, base, false));
    expect(stream.selector.asks(nowMs)).toBe(true);
    send(source, source.described(keySvc, keyframe, true));
    send(source, source.described(keySvc, upper, false));
    expect(frames()).toEqual([['S0T0', 'S1T0'], ['S1T1'], ['S1T0'], ['S1T0'], ['S1T0'], ['S0T0'], ['S0T1']]);
    expectContinuous();
    for (const { payload } of sent) expect([...payload]).toEqual([0xff, 0xff]);
  });

  test('that the publisher stops sending are not waited for', () => {
    send(source, source.described(temporalLayers, [0], true));
    send(source, source.described(temporalLayers, [3], false));
    expect(stream.selector.current).toEqual({ spatial: 0, temporal: 2 });
    stream.selector.setTarget({ spatial: 0, temporal: 0 });
    send(source, source.described(temporalLayers, [1], false));
    send(source, source.described(temporalLayers, [2], false));
    send(source, source.described(temporalLayers, [3], false));
    stream.selector.setTarget({ spatial: 0, temporal: 2 });
    send(source, source.described(temporalLayers, [3], false));
    send(source, source.described(temporalLayers, [1], false));
    send(source, source.described(temporalLayers, [3], false));
    expect(frames()).toEqual([['S0T0'], ['S0T2'], ['S0T0'], ['S0T0'], ['S0T2']]);
    expectContinuous();
  });

  test('are counted on from one encoding to the next, at the same distances', () => {
    const other = new LayerSource({ mimeType: 'video/AV1', encoding: encodings.add(1, 90_000), ssrc: 2, pictureId: 5 });
    send(source, source.described(temporalLayers, [0], true));
    send(source, source.described(temporalLayers, [3], false));
    send(other, other.described(temporalLayers, [0], true));
    send(other, other.described(temporalLayers, [3], false));
    stream.selector.setTarget({ spatial: 1, temporal: 0 });
    send(other, other.described(temporalLayers, [3], false));
    send(other, other.described(temporalLayers, [1], false));
    const reader = new LayerReader('video/AV1', DESCRIPTOR_ID);
    const numbers = pictures().map(({ packets }) => reader.read(packets[0]!).frameNumber);
    expect(numbers).toEqual([65_530, 65_531, 65_532, 65_533, 65_535]);
  });
});

test('another track follows as one stream, from its keyframe on, whatever its clock', () => {
  newStream('video/VP8');
  const first = new LayerSource({ mimeType: 'video/VP8', encoding: encodings.add(0, 90_000), ssrc: 1, timestamp: 5 });
  send(first, first.vp8({ keyframe: true }));
  const ended = sent.at(-1)!;
  stream.changeTrack();
  // As many changes as the first track's encodings have had.
  encodings = new Encodings();
  const start = { seq: 40_000, timestamp: 2 ** 31, pictureId: 9 };
  const second = new LayerSource({ mimeType: 'video/VP8', encoding: encodings.add(0, 90_000), ssrc: 2, ...start });
  nowMs += FRAME_MS;
  send(second, second.vp8());
  expect(sent.at(-1)).toBe(ended);
  expect(stream.selector.asks(nowMs)).toBe(true);
  nowMs += FRAME_MS;
  send(second, second.vp8({ keyframe: true }));
  const [begun] = sent.slice(sent.indexOf(ended) + 1);
  expect(begun!.seq).toBe((ended.seq + 1) & 0xffff);
  expect((begun!.timestamp - ended.timestamp) >>> 0).toBe(2 * FRAME_MS * 90);
});

test('with encodings, layers and losses at random, nothing is sent twice or torn apart', () => {
  for (let seed = 0; seed < 30; seed++) {
    const random = seeded(seed);
    encodings = new Encodings();
    nowMs = 0;
    sent = [];
    newStream('video/VP8');
    const sources = [0, 1, 2].map(
      (rank) =>
        new LayerSource({
          mimeType: 'video/VP8',
          encoding: encodings.add(rank, 90_000),
          ssrc: rank + 1,
          seq: Math.floor(random() * 65_536),
          timestamp: Math.floor(random() * 2 ** 32),
          pictureId: Math.floor(random() * 32_768),
        }),
    );
    const targets: (Layer | undefined)[] = [];
    const late: [LayerSource, RtpPacket][] = [];
    for (let i = 0; i < 600; i++) {
      if (random() < 0.05) {
        const target =
          random() < 0.1 ? undefined : { spatial: Math.floor(random() * 3), temporal: Math.floor(random() * 3) };
        targets.push(target);
        stream.selector.setTarget(target);
      }
      const keyframe = stream.selector.lacking;
      for (const source of sources) {
        const wanted = keyframe === source.encoding && random() < 0.3;
        const packets = source.vp8(wanted ? { keyframe: true } : pattern[i % 4]);
        for (const packet of packets) {
          if (random() < 0.03) late.push([source, packet]);
          else send(source, [packet]);
        }
        while (late.length > 0 && random() < 0.5) {
          const [from, packet] = late.shift()!;
          send(from, [packet]);
        }
      }
      nowMs += FRAME_MS;
    }
    const seqs = sent.map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(seqs.length);
    // What is missing was lost on the way to the node, and of it only what would have been sent.
    const span = ((Math.max(...seqs.map((seq) => (seq - 100) & 0xffff)) + 1) & 0xffff) - seqs.length;
    expect(span).toBeLessThan(0.02 * seqs.length + 5);
    for (const { payload } of sent) readVp8(payload);
  }
});
