import { expect, test } from 'vitest';
import { ReportedRoundTrips } from './reported-round-trips.ts';

function report(ntpSeconds: number): Parameters<ReportedRoundTrips['sent']>[0] {
  return { ssrc: 1, ntpSeconds, ntpFraction: 0x8000_0000, rtpTimestamp: 0 };
}

function block(lastSenderReport: number, delayMs: number): Parameters<ReportedRoundTrips['answered']>[0] {
  const delaySinceLastSenderReport = Math.round(delayMs * 65.536);
  return {
    ssrc: 1,
    fractionLost: 0,
    packetsLost: 0,
    highestSeq: 0,
    jitter: 0,
    lastSenderReport,
    delaySinceLastSenderReport,
  };
}

test('a round trip is what passed, less what the client waited', () => {
  const roundTrips = new ReportedRoundTrips();
  roundTrips.sent(report(0xee00_ffff), 1000);
  roundTrips.sent(report(0xee01_0000), 2000);
  expect(roundTrips.answered(block(0xffff_8000, 900), 2000)).toBeCloseTo(100, 1);
  expect(roundTrips.answered(block(0x0000_8000, 100), 2180)).toBeCloseTo(80, 1);
  expect(roundTrips.rttMs).toBeCloseTo(95, 1);
});

test('reports that answer nothing measure nothing', () => {
  const roundTrips = new ReportedRoundTrips();
  roundTrips.sent(report(1), 1000);
  expect([0, 7, 0x1_8000].map((middle) => roundTrips.answered(block(middle, 0), 20_000))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(roundTrips.rttMs).toBeUndefined();
});
