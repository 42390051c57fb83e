import { expect, test } from 'vitest';
import { Pacer } from './pacer.ts';

test('pictures are due at the frame rate, keyframes every two seconds', () => {
  const pacer = new Pacer(15, 100);
  const due = Array.from({ length: 600 }, (_, i) => [...pacer.due(100 + i * 10)]).flat();
  const steps = due.slice(1).map(({ time }, i) => time - due[i]!.time);
  expect(new Set(steps)).toEqual(new Set([6000]));
  const keyframes = due.filter(({ keyframe }) => keyframe).map(({ time }) => time - due[0]!.time);
  expect(keyframes).toEqual([0, 180_000, 360_000]);
});

test('nothing is due before its time', () => {
  const pacer = new Pacer(10, 0);
  expect([...pacer.due(0)]).toHaveLength(1);
  expect(pacer.deadlineMs).toBe(100);
  expect([...pacer.due(99)]).toEqual([]);
  expect([...pacer.due(100)]).toHaveLength(1);
});

test('pictures that are late are left out, but no gap is longer than a fifth of a second', () => {
  const pacer = new Pacer(30, 0);
  const first = [...pacer.due(0)];
  expect([...pacer.due(130)].map(({ time }) => time)).toEqual([9000]);
  const afterStall = [...pacer.due(1130)];
  const times = [...first, { time: 9000 }, ...afterStall].map(({ time }) => time);
  expect(Math.max(...times.slice(1).map((time, i) => time - times[i]!))).toBeLessThanOrEqual(18_000);
  expect(afterStall.length).toBeLessThan(7);
});
