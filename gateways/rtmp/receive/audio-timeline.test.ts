import { expect, test } from 'vitest';
import { AudioTimeline, type Sound } from './audio-timeline.ts';

const PACKET = 960;

/** What is placed anew fades in. */
const FADE = 240;

function sound(value: number, length = PACKET): Sound {
  return { left: new Float32Array(length).fill(value), right: new Float32Array(length).fill(-value) };
}

function read(timeline: AudioTimeline, position: number, length = PACKET): Sound {
  const mix = sound(0, length);
  timeline.mixInto(mix, position);
  return mix;
}

test('sound is heard where it was placed, once', () => {
  const timeline = new AudioTimeline();
  timeline.write(sound(0.5), 480);
  const mix = read(timeline, 0);
  expect([mix.left[480], mix.left[600], mix.left[720], mix.right[959]]).toEqual([0, 0.25, 0.5, -0.5]);
  expect(read(timeline, 96_000).left.every((sample) => sample === 0)).toBe(true);
});

test('packets whose times differ a little follow each other without a gap', () => {
  const timeline = new AudioTimeline();
  timeline.write(sound(0.5), 0);
  timeline.write(sound(0.5), PACKET + 300);
  timeline.write(sound(0.5), 2 * PACKET - 200);
  expect(
    read(timeline, 0, 2800)
      .left.subarray(FADE)
      .every((sample) => sample === 0.5),
  ).toBe(true);
});

test('a clock that drifts is followed', () => {
  const timeline = new AudioTimeline();
  for (let i = 0; i < 50; i += 1) timeline.write(sound(0.5), i * (PACKET + 3));
  const { left } = read(timeline, 0, PACKET + 49 * (PACKET + 3));
  expect(left.subarray(FADE).every((sample) => sample === 0.5)).toBe(true);
});

test('sound that belongs earlier is blended over what is there', () => {
  const timeline = new AudioTimeline();
  timeline.write(sound(0.5), 0);
  timeline.write(sound(0.5), PACKET);
  timeline.write(sound(0.5), 2 * PACKET);
  timeline.write(sound(-0.5), PACKET / 2);
  const { left } = read(timeline, 0, PACKET + PACKET / 2);
  expect([left[479], left[480], left[600], left[720], left[1439]]).toEqual([0.5, 0.5, 0, -0.5, -0.5]);
});

test('a pause stays a pause', () => {
  const timeline = new AudioTimeline();
  timeline.write(sound(0.5), 0);
  timeline.write(sound(0.5), 10_000);
  const { left } = read(timeline, 0, 11_000);
  expect([left[959], left[960], left[9999], left[10_240]]).toEqual([0.5, 0, 0, 0.5]);
});

test('what comes too late is left out and counted', () => {
  const timeline = new AudioTimeline();
  read(timeline, 0, 1024);
  timeline.write(sound(0.5), 512);
  expect(timeline.late).toBe(512);
  const { left } = read(timeline, 1024);
  expect([left[0], left[447], left[448]]).toEqual([0.5, 0.5, 0]);
});

test('what is placed absurdly far ahead is left out', () => {
  const timeline = new AudioTimeline();
  timeline.write(sound(0.5), 1e12);
  expect(read(timeline, 0, 48_000).left.every((sample) => sample === 0)).toBe(true);
});
