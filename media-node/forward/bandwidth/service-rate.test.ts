import { beforeEach, expect, test } from 'vitest';
import { ServiceRate } from './service-rate.ts';

let service: ServiceRate;
let nowMs: number;

beforeEach(() => {
  service = new ServiceRate();
  nowMs = 1000;
});

/** So many packets of 1,000 bytes, each this much after the one before. */
function arrive(count: number, gapMs: number, queueMs: number): void {
  for (let i = 0; i < count; i++) service.arrived(1000, (nowMs += gapMs), queueMs);
}

test('packets that queue tell what the path carries, however much is sent', () => {
  arrive(10, 20, 100);
  expect(service.bps).toBeCloseTo(400_000);
});

test('three of them are enough after the path has become narrow', () => {
  arrive(50, 2, 30);
  expect(service.bps).toBeCloseTo(4_000_000);
  arrive(3, 20, 60);
  expect(service.bps).toBeCloseTo(400_000);
});

test('packets that found nobody before them tell nothing', () => {
  arrive(50, 20, 10);
  expect(service.bps).toBeUndefined();
  arrive(2, 20, 60);
  expect(service.bps).toBeUndefined();
});

test('one that was held up by something else does not count', () => {
  arrive(20, 2, 30);
  arrive(1, 80, 100);
  arrive(3, 2, 90);
  expect(service.bps).toBeCloseTo(4_000_000);
});

test('packets that come all at once, or overtake one another, tell nothing', () => {
  arrive(10, 0, 100);
  expect(service.bps).toBeUndefined();
  arrive(10, -5, 100);
  expect(service.bps).toBeUndefined();
});

test('what the path carried a second ago is forgotten', () => {
  arrive(20, 20, 300);
  arrive(50, 20, 0);
  // Something held packets up, and let go of all of them at once.
  arrive(5, 0, 100);
  expect(service.bps).toBeUndefined();
});
