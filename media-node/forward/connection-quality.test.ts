import { expect, test } from 'vitest';
import { ConnectionQualityTracker, type QualitySample } from './connection-quality.ts';

const fine = { lossFraction: 0, rttMs: 20, bandwidthShare: 1, silentMs: 50, lost: false } satisfies QualitySample;

test.each([
  ['excellent', fine],
  ['excellent', { ...fine, lossFraction: undefined, rttMs: undefined, bandwidthShare: undefined, silentMs: undefined }],
  ['good', { ...fine, lossFraction: 0.05 }],
  ['good', { ...fine, rttMs: 400 }],
  ['good', { ...fine, bandwidthShare: 0.7 }],
  ['poor', { ...fine, lossFraction: 0.2 }],
  ['poor', { ...fine, rttMs: 900 }],
  ['poor', { ...fine, bandwidthShare: 0.2 }],
  ['lost', { ...fine, lost: true }],
  ['lost', { ...fine, silentMs: 9000 }],
] as const)('the quality is %s of %j', (quality, sample) => {
  const tracker = new ConnectionQualityTracker();
  expect(tracker.update(sample)).toBe(true);
  expect(tracker.quality).toBe(quality);
  expect(tracker.update(sample)).toBe(false);
});

test('one bad moment changes nothing, two in a row do; a loss of everything at once', () => {
  const tracker = new ConnectionQualityTracker();
  tracker.update(fine);
  const bad = { ...fine, lossFraction: 0.5 };
  expect([bad, fine, bad, bad].map((sample) => tracker.update(sample))).toEqual([false, false, false, true]);
  expect(tracker.update({ ...fine, lost: true })).toBe(true);
  expect([fine, fine].map((sample) => tracker.update(sample))).toEqual([false, true]);
  expect(tracker.quality).toBe('excellent');
});

test('while nothing comes, the quality stays as it was until it is lost', () => {
  const tracker = new ConnectionQualityTracker();
  tracker.update({ ...fine, lossFraction: 0.2 });
  for (let silentMs = 4000; silentMs < 8000; silentMs += 1000) {
    expect(tracker.update({ ...fine, silentMs })).toBe(false);
    expect(tracker.quality).toBe('poor');
  }
  expect(tracker.update({ ...fine, silentMs: 9000 })).toBe(true);
  expect(tracker.quality).toBe('lost');
});
