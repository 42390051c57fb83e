import { describe, expect, test } from 'vitest';
import { FRAME_SAMPLES } from './frame.ts';
import { PlayoutBuffer } from './playout-buffer.ts';
import { Timeline } from './timeline.ts';

const ramp = (from: number, length = FRAME_SAMPLES) => Int16Array.from({ length }, (_, i) => from + i);

/** Reads `count` frames and gives the samples that are not silence or made up. */
function play(buffer: PlayoutBuffer, count: number): number[] {
  const heard: number[] = [];
  const frame = new Int16Array(FRAME_SAMPLES);
  for (let i = 0; i < count; i++) if (buffer.read(frame)) heard.push(...frame);
  return heard;
}

// Timestamps wrap, so every case starts on both sides of the edge.
describe.each([0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fe00, 0xffff_ffff])('a stream that starts at %i', (start) => {
  const packets = (count: number, buffer: PlayoutBuffer, order = (i: number) => i, skip = -1) => {
    const timeline = new Timeline();
    for (let k = 0; k < count; k++) {
      const i = order(k);
      if (i === skip) continue;
      buffer.write(timeline.unwrap((start + i * FRAME_SAMPLES) >>> 0), ramp(i * FRAME_SAMPLES));
    }
  };

  test('is played as it was sent', () => {
    const buffer = new PlayoutBuffer();
    packets(10, buffer);
    expect(play(buffer, 10)).toEqual([...ramp(0, 10 * FRAME_SAMPLES)]);
  });

  test('is put into order', () => {
    const buffer = new PlayoutBuffer();
    packets(10, buffer, (k) => (k === 0 ? 0 : k % 2 ? k + 1 : k - 1));
    expect(play(buffer, 9)).toEqual([...ramp(0, 9 * FRAME_SAMPLES)]);
  });

  test('plays a packet once that came twice', () => {
    const buffer = new PlayoutBuffer();
    packets(20, buffer, (k) => k >> 1);
    expect(play(buffer, 10)).toEqual([...ramp(0, 10 * FRAME_SAMPLES)]);
  });

  test('has a lost packet made up, and nothing moved', () => {
    const buffer = new PlayoutBuffer();
    packets(10, buffer, (k) => k, 4);
    const heard = play(buffer, 10);
    expect(heard.slice(0, 4 * FRAME_SAMPLES)).toEqual([...ramp(0, 4 * FRAME_SAMPLES)]);
    expect(heard.slice(5 * FRAME_SAMPLES)).toEqual([...ramp(5 * FRAME_SAMPLES, 5 * FRAME_SAMPLES)]);
    expect(buffer.tally.concealed).toBe(FRAME_SAMPLES);
  });
});

describe('the delay of a playout buffer', () => {
  test('grows by as much as packets are late, and nothing is lost', () => {
    const buffer = new PlayoutBuffer();
    for (let i = 0; i < 3; i++) buffer.write(i * FRAME_SAMPLES, ramp(0));
    play(buffer, 6);
    expect(buffer.tally).toEqual({ played: 3 * FRAME_SAMPLES, concealed: 3 * FRAME_SAMPLES, late: 0 });
    for (let i = 3; i < 9; i++) buffer.write(i * FRAME_SAMPLES, ramp(0));
    play(buffer, 3);
    expect(buffer.waiting).toBe(3 * FRAME_SAMPLES);
    expect(buffer.tally.played).toBe(6 * FRAME_SAMPLES);
  });

  test('shrinks when it is not needed', () => {
    const buffer = new PlayoutBuffer();
    for (let i = 0; i < 20; i++) buffer.write(i * FRAME_SAMPLES, ramp(0));
    for (let i = 20; i < 600; i++) {
      buffer.write(i * FRAME_SAMPLES, ramp(0));
      play(buffer, 1);
    }
    expect(buffer.waiting).toBeLessThanOrEqual(2 * FRAME_SAMPLES);
    expect(buffer.tally.concealed).toBe(0);
  });

  test('does not double what was lost and waited for', () => {
    const buffer = new PlayoutBuffer();
    for (let i = 0; i < 3; i++) buffer.write(i * FRAME_SAMPLES, ramp(0));
    play(buffer, 6);
    for (let i = 6; i < 10; i++) buffer.write(i * FRAME_SAMPLES, ramp(i * FRAME_SAMPLES));
    expect(play(buffer, 1)).toEqual([...ramp(6 * FRAME_SAMPLES)]);
  });
});

test('a pause is silent, and what follows it is played whole', () => {
  const buffer = new PlayoutBuffer();
  for (let i = 0; i < 3; i++) buffer.write(i * FRAME_SAMPLES, ramp(1));
  play(buffer, 3);
  play(buffer, 20);
  expect(play(buffer, 1)).toEqual([]);
  for (let i = 100; i < 103; i++) buffer.write(i * FRAME_SAMPLES, ramp(i));
  expect(play(buffer, 1)).toEqual([...ramp(100)]);
});

test('a jump of the timestamps begins anew', () => {
  const buffer = new PlayoutBuffer();
  for (let i = 0; i < 5; i++) buffer.write(i * FRAME_SAMPLES, ramp(0));
  play(buffer, 1);
  for (let i = 0; i < 3; i++) buffer.write(1_000_000 + i * FRAME_SAMPLES, ramp(7));
  expect(play(buffer, 1)).toEqual([...ramp(7)]);
});

test('made-up sound goes on with the voice and fades out', () => {
  const buffer = new PlayoutBuffer();
  const tone = (from: number) =>
    Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => 8000 * Math.sin((2 * Math.PI * 100 * (from + i)) / 8000));
  for (let i = 0; i < 5; i++) buffer.write(i * FRAME_SAMPLES, tone(i * FRAME_SAMPLES));
  play(buffer, 5);
  const heard = play(buffer, 5);
  expect(Math.abs(heard[20]! - 8000)).toBeLessThan(800);
  expect(heard.slice(3 * FRAME_SAMPLES).every((sample) => sample === 0)).toBe(true);
});
