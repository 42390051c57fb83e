import { expect, test } from 'vitest';
import { FRAME_SAMPLES } from './frame.ts';
import { Mixer } from './mixer.ts';

const frame = (level: number) => new Int16Array(FRAME_SAMPLES).fill(level);

function heardBy(mixer: Mixer, own?: Int16Array): number {
  const heard = frame(0);
  mixer.writeTo(heard, own);
  return heard[FRAME_SAMPLES - 1]!;
}

test('each listener hears everybody but themselves', () => {
  const mixer = new Mixer();
  const callers = [frame(1000), frame(200), frame(-30)];
  for (const caller of callers) mixer.add(caller);
  expect(callers.map((own) => heardBy(mixer, own))).toEqual([170, 970, 1200]);
  expect(heardBy(mixer)).toBe(1170);
});

test('what is too loud is clipped for the listener alone', () => {
  const mixer = new Mixer();
  for (const level of [30_000, 30_000, 100]) mixer.add(frame(level));
  expect(heardBy(mixer)).toBe(32_767);
  expect(heardBy(mixer, frame(30_000))).toBe(30_100);
});

test('the next frame begins with silence', () => {
  const mixer = new Mixer();
  mixer.add(frame(-32_768));
  mixer.clear();
  expect(heardBy(mixer)).toBe(0);
});
