import { readU32 } from '@muon/wire/bytes.ts';
import { expect, test } from 'vitest';
import { RoundTripClock } from './round-trip-clock.ts';

/** The middle 32 bits of the time in a packet that asks. */
function middleOf(packet: Uint8Array): number {
  return readU32(packet, 14);
}

test.each([1000, 65_535_990, 65_536_010, 3e9])(
  'a round trip is what passed, less what the client waited, at %i ms',
  (atMs) => {
    const clock = new RoundTripClock(1);
    const lastReport = middleOf(clock.ask(atMs));
    clock.answered({ ssrc: 1, lastReport, delaySinceLastReport: 65_536 / 2 }, atMs + 620);
    expect(clock.rttMs).toBeGreaterThan(119);
    expect(clock.rttMs).toBeLessThan(121);
  },
);

test('answers to others, to nothing and from the future measure nothing', () => {
  const clock = new RoundTripClock(1);
  clock.answered({ ssrc: 1, lastReport: 65_536, delaySinceLastReport: 0 }, 1100);
  const lastReport = middleOf(clock.ask(1000));
  clock.answered({ ssrc: 2, lastReport, delaySinceLastReport: 0 }, 1100);
  clock.answered({ ssrc: 1, lastReport: 0, delaySinceLastReport: 0 }, 1100);
  clock.answered({ ssrc: 1, lastReport, delaySinceLastReport: 65_536 }, 1100);
  clock.answered({ ssrc: 1, lastReport, delaySinceLastReport: 0 }, 50_000);
  expect(clock.rttMs).toBeUndefined();
});
