import { Encoder } from '@evan/opus';
import { expect, test } from 'vitest';
import { SAMPLE_RATE } from '../call/frame.ts';
import { openEncoder, OpusDecoder } from './opus.ts';

/** Root mean square of what a phone hears of a browser's tone. */
function heard(frequencyHz: number): { rms: number; crossings: number } {
  const encoder = new Encoder({ channels: 2, sample_rate: 48_000, application: 'audio' });
  const decoder = new OpusDecoder();
  const samples: number[] = [];
  for (let frame = 0; frame < 60; frame++) {
    const stereo = Int16Array.from(
      { length: 2 * 960 },
      (_, i) => 8000 * Math.sin((2 * Math.PI * frequencyHz * (frame * 960 + (i >> 1))) / 48_000),
    );
    const sound = decoder.decode(encoder.encode(stereo));
    if (frame >= 10) samples.push(...sound!);
  }
  expect(samples).toHaveLength(SAMPLE_RATE);
  return {
    rms: Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length),
    crossings: samples.filter((sample, i) => i > 0 && samples[i - 1]! < 0 && sample >= 0).length,
  };
}

test.each([300, 440, 1000, 3000, 3400])('a tone of %i Hz is heard as it is', (frequencyHz) => {
  const { rms, crossings } = heard(frequencyHz);
  expect(Math.abs(rms - 8000 / Math.SQRT2)).toBeLessThan(300);
  expect(Math.abs(crossings - frequencyHz)).toBeLessThanOrEqual(3);
});

test.each([4600, 5000, 7000, 12_000])(
  'a tone of %i Hz, which no phone can carry, is not folded into the band',
  (hz) => {
    expect(heard(hz).rms).toBeLessThan(8000 / 50);
  },
);

test('what a phone says is Opus of 20 ms', () => {
  const packet = openEncoder().encode(new Int16Array(SAMPLE_RATE / 50));
  expect(new OpusDecoder().decode(packet)).toHaveLength(SAMPLE_RATE / 50);
});

test('what is not Opus is not decoded, and harms nothing', () => {
  const decoder = new OpusDecoder();
  for (const bytes of [[], [0xff], [3, 255, 255], Array<number>(1400).fill(0xaa)]) {
    expect(decoder.decode(Uint8Array.from(bytes))?.length ?? 0).toBeLessThanOrEqual((SAMPLE_RATE * 120) / 1000);
  }
  expect(decoder.decode(openEncoder().encode(new Int16Array(160)))).toHaveLength(160);
});
