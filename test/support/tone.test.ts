import { expect, test } from 'vitest';
import { loudness, makeTone, measureFrequencyHz, toneShare } from './tone.ts';

test('a tone is measured at its frequency and no other', () => {
  const tone = makeTone(1000, { seconds: 0.5 });
  expect(measureFrequencyHz(tone)).toBeCloseTo(1000, 0);
  expect(toneShare(tone, 1000)).toBeGreaterThan(0.99);
  expect(toneShare(tone, 440)).toBeLessThan(0.01);
});

test('a gap in a tone does not change its frequency', () => {
  const tone = makeTone(440, { seconds: 0.5 });
  tone.samples.fill(0, 1000, 1700);
  expect(measureFrequencyHz(tone)).toBeCloseTo(440, 0);
});

test('silence has no frequency', () => {
  const silence = makeTone(1000, { amplitude: 0 });
  expect([measureFrequencyHz(silence), toneShare(silence, 1000), loudness(silence)]).toEqual([0, 0, 0]);
});
