import { expect, test } from 'vitest';
import { Encodings } from './encodings.ts';
import { PacketLayer, frameOf, type DecodeTargets } from './packet-layer.ts';
import { plainTargets } from './plain-targets.ts';

const targets: DecodeTargets = [
  { spatial: 0, temporal: 0 },
  { spatial: 0, temporal: 1 },
  { spatial: 1, temporal: 1 },
];

function frame(fields: Partial<PacketLayer> = {}): PacketLayer {
  return Object.assign(new PacketLayer(targets), { startsFrame: true, frame: frameOf(0, 0), ...fields });
}

test('the best that flows up to a rank is found, and none above it', () => {
  const encodings = new Encodings();
  const [low, middle, high] = [0, 1, 2].map((rank) => encodings.add(rank, 90_000));
  expect(encodings.best(2)).toBeUndefined();
  encodings.arrived(middle!, frame(), 100, 0);
  encodings.arrived(high!, frame(), 100, 0);
  expect([0, 1, 2, 7].map((rank) => encodings.best(rank)?.rank)).toEqual([undefined, 1, 2, 2]);
  encodings.arrived(low!, frame(), 100, 0);
  expect(encodings.best(0)).toBe(low);
  encodings.remove(high!);
  expect(encodings.best(7)).toBe(middle);
});

test('an encoding has stopped when others go on without it for a while, not when all of them pause', () => {
  const encodings = new Encodings();
  const [low, high] = [0, 1].map((rank) => encodings.add(rank, 90_000));
  for (const ms of [0, 1000, 2000]) for (const one of [low!, high!]) encodings.arrived(one, frame(), 100, ms);
  const before = encodings.changes;
  for (let ms = 2100; ms < 2650; ms += 100) encodings.arrived(low!, frame(), 100, ms);
  expect(encodings.best(7)).toBe(high);
  encodings.arrived(low!, frame(), 100, 2700);
  expect(encodings.best(7)).toBe(low);
  expect(encodings.changes).toBe(before + 1);
  encodings.arrived(high!, frame(), 100, 2800);
  expect(encodings.best(7)).toBe(high);
});

test('one that pauses to make up for a large keyframe has not stopped', () => {
  const encodings = new Encodings();
  const [low, high] = [0, 1].map((rank) => encodings.add(rank, 90_000));
  encodings.arrived(high!, frame(), 100, 0);
  encodings.arrived(low!, frame({ keyframe: true }), 15_000, 0);
  for (let ms = 100; ms < 2000; ms += 100) encodings.arrived(high!, frame(), 100, ms);
  expect(encodings.lowest).toBe(low);
  encodings.arrived(high!, frame(), 100, 2000);
  expect(encodings.lowest).toBe(high);
});

test('each layer counts what it takes with all that it needs, over the last second', () => {
  const encodings = new Encodings();
  const encoding = encodings.add(0, 90_000);
  const sizes = [
    { width: 320, height: 180 },
    { width: 640, height: 360 },
  ];
  encodings.arrived(encoding, frame({ present: 0b111, keyframe: true, sizes }), 0, 0);
  for (let ms = 0; ms < 3000; ms += 100) {
    encodings.arrived(encoding, frame({ present: 0b111 }), 1000, ms);
    encodings.arrived(encoding, frame({ present: 0b110, temporal: 1 }), 500, ms);
    encodings.arrived(encoding, frame({ present: 0b100, spatial: 1, temporal: 1 }), 2000, ms);
  }
  expect(encodings.layers(3000)).toEqual([
    { spatial: 0, temporal: 0, bitrateBps: 80_000, width: 320, height: 180 },
    { spatial: 0, temporal: 1, bitrateBps: 120_000, width: 320, height: 180 },
    { spatial: 1, temporal: 1, bitrateBps: 280_000, width: 640, height: 360 },
  ]);
  expect(encodings.layers(3500)[0]!.bitrateBps).toBe(Math.round((4 * 8000) / 0.9));
  expect(encodings.layers(9000)).toEqual([]);
});

test('a keyframe that describes the same layers anew loses nothing that was measured', () => {
  const encodings = new Encodings();
  const encoding = encodings.add(0, 90_000);
  for (let ms = 0; ms < 1000; ms += 100) encodings.arrived(encoding, frame({ present: 0b111 }), 1000, ms);
  const again = targets.map((target) => ({ ...target }));
  encodings.arrived(encoding, Object.assign(frame({ present: 0b111, keyframe: true }), { targets: again }), 0, 1000);
  expect(encodings.layers(1000)[0]!.bitrateBps).toBe(80_000);
  const others = targets.slice(0, 2);
  encodings.arrived(encoding, Object.assign(frame({ present: 0b11 }), { targets: others }), 1000, 1010);
  expect(encodings.layers(1110)[0]!.bitrateBps).toBe(80_000);
});

test('a layer that the publisher gave up is not told', () => {
  const encodings = new Encodings();
  const encoding = encodings.add(0, 90_000);
  encodings.arrived(encoding, frame({ present: 0b111 }), 1000, 0);
  encodings.arrived(encoding, frame({ present: 0b100, spatial: 1, temporal: 1 }), 1000, 10);
  encodings.arrived(encoding, frame({ present: 0b111, active: 0b011 }), 1000, 20);
  expect(encodings.layers(30).map(({ spatial }) => spatial)).toEqual([0]);
});

test('clocks of encodings are compared by what their reports say of one instant', () => {
  const encodings = new Encodings();
  const [a, b] = [0, 1].map((rank) => encodings.add(rank, 90_000));
  a!.reported({ ssrc: 1, ntpSeconds: 100, ntpFraction: 0, rtpTimestamp: 0xffff_ff00 });
  expect(b!.clockAhead(a!)).toBeUndefined();
  b!.reported({ ssrc: 2, ntpSeconds: 100, ntpFraction: 2 ** 31, rtpTimestamp: 45_000 });
  expect(b!.clockAhead(a!)).toBe(0x100);
  expect(a!.clockAhead(b!)).toBe(-0x100);
});

test('streams without descriptors of their own have a decode target for each layer', () => {
  expect(plainTargets).toHaveLength(32);
  expect(plainTargets[6]).toEqual({ spatial: 1, temporal: 2 });
});
