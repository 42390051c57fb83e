import { expect, test } from 'vitest';
import { LipSync, MIN_DELAY_MS, PlayoutClock } from './playout-clock.ts';

test('plays at the pace of the timestamps, whatever the jitter', () => {
  const clock = new PlayoutClock(48_000, new LipSync());
  const jitterMs = [0, 15, 3, 40, 0];
  const playAt = jitterMs.map((late, i) => clock.playAtMs(i * 960, 1000 + i * 20 + late));
  expect(playAt).toEqual([0, 1, 2, 3, 4].map((i) => 1000 + i * 20 + MIN_DELAY_MS));
});

test('plays later when packets come late', () => {
  const clock = new PlayoutClock(48_000, new LipSync());
  const delayAfter = (lateMs: number, i: number): number =>
    clock.playAtMs(i * 960, 1000 + i * 20 + lateMs) - 1000 - i * 20;
  expect(delayAfter(0, 0)).toBe(MIN_DELAY_MS);
  expect(delayAfter(400, 1)).toBe(450);
  expect(delayAfter(0, 2)).toBe(450);
  expect(delayAfter(900, 3)).toBe(950);
});

test('a track that was held up goes on from where it is', () => {
  const clock = new PlayoutClock(48_000, new LipSync());
  clock.playAtMs(0, 1000);
  expect(clock.playAtMs(960, 6000)).toBe(6000 + MIN_DELAY_MS);
  expect(clock.playAtMs(1920, 6020)).toBe(6020 + MIN_DELAY_MS);
});

test('goes on when timestamps wrap', () => {
  const clock = new PlayoutClock(90_000, new LipSync());
  const before = clock.playAtMs(2 ** 32 - 900, 1000);
  expect(clock.playAtMs(900, 1020) - before).toBeCloseTo(20);
});

test('keeps lips and voice together, however long the video takes', () => {
  const lipSync = new LipSync();
  const audio = new PlayoutClock(48_000, lipSync);
  const video = new PlayoutClock(90_000, lipSync);
  // Both are captured at once; the picture arrives 120 ms after the sound.
  audio.report(5_000_000, 0);
  video.report(5_000_000, 777);
  video.playAtMs(777, 1120);
  const heard = audio.playAtMs(0, 1000);
  const seen = video.playAtMs(777, 1120);
  expect(heard).toBeCloseTo(seen);
  expect(seen).toBe(1120 + MIN_DELAY_MS);
});

test('a wall clock that makes no sense is not believed', () => {
  const lipSync = new LipSync();
  const audio = new PlayoutClock(48_000, lipSync);
  const video = new PlayoutClock(90_000, lipSync);
  audio.report(0, 0);
  video.report(9e12, 0);
  video.playAtMs(0, 1000);
  expect(audio.playAtMs(0, 1000)).toBe(1000 + MIN_DELAY_MS);
  expect(video.playAtMs(0, 1000)).toBe(1000 + MIN_DELAY_MS);
});
