import { expect, test } from 'vitest';
import { ntpMs } from './sender-report.ts';

test('a wall clock in NTP units is told in milliseconds', () => {
  expect(ntpMs({ ssrc: 1, ntpSeconds: 10, ntpFraction: 2 ** 31, rtpTimestamp: 0 })).toBe(10_500);
});
