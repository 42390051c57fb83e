import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { describe, expect, test } from 'vitest';
import { edges, seeded } from '@muon/wire/rtp/seq.fixture.ts';
import type { Conditions } from './conditions.ts';
import { Burst } from './burst.ts';
import { Path } from './path.ts';

const PACKET = new Uint8Array(1172);

function open(conditions: Conditions, seed = 1): Path {
  const path = new Path(seeded(seed));
  path.conditions = conditions;
  return path;
}

/** Sends a packet each `everyMs` and gives their times of arrival, in the order of sending. */
function send(path: Path, count: number, everyMs: number): number[][] {
  return Array.from({ length: count }, (_, at) => path.pass(PACKET, at * everyMs));
}

test('a perfect network delivers at once, all, once, and in order', () => {
  const arrivals = send(open({}), 100, 5);
  expect(arrivals).toEqual(Array.from({ length: 100 }, (_, at) => [at * 5]));
});

test.each([0.01, 0.1, 0.5])('a loss of %d loses that share, and the same packets each time', (loss) => {
  const path = open({ loss });
  const arrivals = send(path, 20_000, 1);
  const lost = arrivals.filter(({ length }) => length === 0).length / arrivals.length;
  expect(Math.abs(lost - loss)).toBeLessThan(0.012);
  expect(path.counts).toMatchObject({ received: 20_000, lost: lost * 20_000, delivered: (1 - lost) * 20_000 });
  expect(send(open({ loss }), 20_000, 1)).toEqual(arrivals);
});

test('a delay is the same for each packet', () => {
  expect(send(open({ delayMs: 50 }), 3, 10)).toEqual([[50], [60], [70]]);
});

test('a rate lets through what it says, headers of IP and UDP counted', () => {
  const path = open({ rate: { bitrateBps: 400_000, queueMs: 200 } });
  // 1200 bytes each 10 ms are 960 kbit/s.
  const arrivals = send(path, 1000, 10).flat();
  const bitrateBps = (arrivals.length * 1200 * 8 * 1000) / arrivals.at(-1)!;
  expect(bitrateBps / 400_000).toBeGreaterThan(0.98);
  expect(bitrateBps / 400_000).toBeLessThan(1.02);
  expect(path.counts.overflowed).toBe(1000 - arrivals.length);
});

test('a queue delays by no more than it holds', () => {
  const path = open({ rate: { bitrateBps: 400_000, queueMs: 200 } });
  const waits = send(path, 1000, 10).flatMap(([arrivalMs], at) => (arrivalMs === undefined ? [] : arrivalMs - at * 10));
  expect(Math.max(...waits)).toBeLessThanOrEqual(200 + 24);
  expect(Math.max(...waits)).toBeGreaterThan(190);
});

test('duplicates arrive twice', () => {
  const arrivals = send(open({ duplicates: 0.2 }), 5000, 1);
  const twice = arrivals.filter(({ length }) => length === 2).length / 5000;
  expect(Math.abs(twice - 0.2)).toBeLessThan(0.02);
});

test('some packets are overtaken, the others keep their order', () => {
  const arrivals = send(open({ reordering: { share: 0.1, byMs: 25 } }), 5000, 1).flat();
  const late = arrivals.filter((arrivalMs, at) => arrivalMs === at + 25).length / 5000;
  expect(Math.abs(late - 0.1)).toBeLessThan(0.02);
  expect(arrivals.every((arrivalMs, at) => arrivalMs === at || arrivalMs === at + 25)).toBe(true);
});

test('a stall holds everything and lets it go at once', () => {
  const arrivals = send(open({ stalls: { everyMs: 1000, forMs: 200 } }), 300, 10).flat();
  expect(arrivals.slice(0, 80)).toEqual(Array.from({ length: 80 }, (_, at) => at * 10));
  expect(new Set(arrivals.slice(81, 100))).toEqual(new Set([1000]));
  expect(arrivals.slice(100, 180)).toEqual(Array.from({ length: 80 }, (_, at) => 1000 + at * 10));
});

test('in an outage nothing arrives, afterwards everything', () => {
  const path = open({ outage: true });
  expect(send(path, 10, 1).flat()).toEqual([]);
  path.conditions = {};
  expect(send(path, 10, 1).flat()).toHaveLength(10);
});

describe.each(edges)('a burst from %i on', (fromSeq) => {
  test('loses just so many packets of that stream', () => {
    const path = open({});
    path.loseBurst(new Burst({ ssrc: 7, fromSeq, count: 260 }));
    const lost: number[] = [];
    for (let at = -300; at < 600; at++) {
      const seq = (fromSeq + at) & 0xffff;
      if (path.pass(rtpPacket({ ssrc: 7, seq }).bytes, 0).length === 0) lost.push(seq);
      expect(path.pass(rtpPacket({ ssrc: 8, seq }).bytes, 0)).toHaveLength(1);
    }
    expect(lost).toEqual(Array.from({ length: 260 }, (_, at) => (fromSeq + at) & 0xffff));
    expect(path.counts.lostInBurst).toBe(260);
  });
});
