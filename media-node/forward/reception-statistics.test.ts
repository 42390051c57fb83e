import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { ReceptionStatistics } from './reception-statistics.ts';

describe.each(edges)('a stream that starts at %i', (start) => {
  test('is reported with its losses', () => {
    const statistics = new ReceptionStatistics(7, 90_000);
    for (let by = 0; by < 100; by++) if (by % 4 !== 1) statistics.arrived(after(start, by), by * 3000, (by * 100) / 3);
    expect(statistics.report(4000)).toEqual({
      ssrc: 7,
      fractionLost: 64,
      packetsLost: 25,
      highestSeq: start + 99,
      jitter: 0,
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    });
    expect(statistics.report(5000)).toMatchObject({ fractionLost: 0, packetsLost: 25 });
  });
});

test('jitter grows with uneven arrivals', () => {
  const statistics = new ReceptionStatistics(7, 90_000);
  for (let by = 0; by < 200; by++) statistics.arrived(by, by * 3000, (by * 100) / 3 + (by % 2) * 10);
  expect(statistics.report(0)!.jitter).toBeGreaterThan(700);
  expect(statistics.report(0)!.jitter).toBeLessThanOrEqual(900);
});

test('the last sender report is told with its age', () => {
  const statistics = new ReceptionStatistics(7, 90_000);
  statistics.arrived(1, 0, 0);
  statistics.reported({ ssrc: 7, ntpSeconds: 0x1234_5678, ntpFraction: 0x9abc_def0, rtpTimestamp: 0 }, 1000);
  expect(statistics.report(1500)).toMatchObject({ lastSenderReport: 0x5678_9abc, delaySinceLastSenderReport: 32_768 });
});
