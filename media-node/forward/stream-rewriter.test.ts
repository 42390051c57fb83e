import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { StreamRewriter } from './stream-rewriter.ts';

const CLOCK_RATE = 90_000;

describe.each(edges)('sources that start at %i', (start) => {
  function packet(ssrc: number, by: number): { ssrc: number; seq: number; timestamp: number } {
    return { ssrc, seq: after(start, by), timestamp: (0xffff_ff00 + ssrc * 1_000_000 + by * 3000) >>> 0 };
  }

  test('keep their gaps and their order', () => {
    const rewriter = new StreamRewriter(CLOCK_RATE, { seq: 100, timestamp: 7 });
    const seqs = [0, 1, 3, 2, 10].map((by) => {
      expect(rewriter.rewrite(packet(1, by), by)).toBe(true);
      return rewriter.seq;
    });
    expect(seqs).toEqual([100, 101, 103, 102, 110]);
  });

  test('go on without a gap after a switch, as much later as the packet came', () => {
    const rewriter = new StreamRewriter(CLOCK_RATE, { seq: 100, timestamp: 7 });
    rewriter.rewrite(packet(1, 0), 0);
    rewriter.rewrite(packet(1, 1), 33);
    const { timestamp } = rewriter;
    expect(rewriter.rewrite(packet(2, 500), 66)).toBe(true);
    expect(rewriter.seq).toBe(102);
    expect(rewriter.timestamp).toBe(timestamp + 33 * 90);
    rewriter.rewrite(packet(2, 501), 99);
    expect(rewriter.seq).toBe(103);
    expect(rewriter.timestamp).toBe(timestamp + 33 * 90 + 3000);
  });

  test('go on without a gap after packets were left out, however many', () => {
    const rewriter = new StreamRewriter(CLOCK_RATE, { seq: 100, timestamp: 7 });
    rewriter.rewrite(packet(1, 0), 0);
    rewriter.interrupt();
    rewriter.rewrite(packet(1, 60), 2000);
    expect(rewriter.seq).toBe(101);
    expect(rewriter.timestamp).toBe(7 + 60 * 3000);
    rewriter.rewrite(packet(1, 61), 2033);
    expect(rewriter.seq).toBe(102);
    rewriter.interrupt();
    rewriter.rewrite(packet(1, 40_000), 4033);
    expect(rewriter.seq).toBe(103);
    expect(rewriter.timestamp).toBe(7 + 61 * 3000 + 2000 * 90);
  });

  test('lose what comes late from before the switch, so that no number is used twice', () => {
    const rewriter = new StreamRewriter(CLOCK_RATE, { seq: 100, timestamp: 7 });
    rewriter.rewrite(packet(1, 0), 0);
    rewriter.rewrite(packet(2, 10), 1);
    expect(rewriter.rewrite(packet(2, 9), 2)).toBe(false);
    expect(rewriter.rewrite(packet(2, 12), 3)).toBe(true);
    expect(rewriter.rewrite(packet(2, 11), 4)).toBe(true);
    expect(rewriter.seq).toBe(102);
  });

  test('never use a number twice over 200,000 packets and many switches', () => {
    const rewriter = new StreamRewriter(CLOCK_RATE, { seq: 32_000, timestamp: 7 });
    let wrong = 0;
    for (let by = 0; by < 200_000; by++) {
      rewriter.rewrite(packet(1 + (Math.floor(by / 999) % 3), by), by);
      if (rewriter.seq !== after(32_000, by)) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

test('a report of the source is told on the clock of the stream', () => {
  const rewriter = new StreamRewriter(CLOCK_RATE, { seq: 0, timestamp: 1000 });
  rewriter.rewrite({ ssrc: 1, seq: 5, timestamp: 90_000 }, 0);
  const report = { ssrc: 1, ntpSeconds: 7, ntpFraction: 8, rtpTimestamp: 90_500 };
  expect(rewriter.report(report, 3)).toEqual({ ...report, ssrc: 3, rtpTimestamp: 1500 });
  expect(rewriter.report({ ...report, ssrc: 2 }, 3)).toBeUndefined();
});

test('without a beginning of its own the stream begins as its source does', () => {
  const rewriter = new StreamRewriter(CLOCK_RATE);
  rewriter.rewrite({ ssrc: 1, seq: 65_535, timestamp: 0xffff_ffff }, 0);
  expect([rewriter.seq, rewriter.timestamp]).toEqual([65_535, 0xffff_ffff]);
});

describe('a source whose clock is known against that of the one before', () => {
  function secondAt(timestamp: number, arrivedMs: number): number {
    const rewriter = new StreamRewriter(CLOCK_RATE, { seq: 0, timestamp: 0 });
    rewriter.rewrite({ ssrc: 1, seq: 5, timestamp: 900 }, 0);
    const packet = { ssrc: 2, seq: 9, timestamp };
    rewriter.begin(packet, arrivedMs, 50_000);
    rewriter.rewrite(packet, arrivedMs);
    return rewriter.timestamp;
  }

  test('follows as much later as it was made, whenever it comes', () => {
    expect(secondAt(50_900 + 3000, 500)).toBe(3000);
  });

  test('follows in any case', () => {
    expect(secondAt(50_900, 33)).toBe(1);
    expect(secondAt(50_900 - 3000, 33)).toBe(1);
  });

  test('is not believed when it says what cannot be', () => {
    expect(secondAt(50_900 + 90_000 * 60, 33)).toBe(33 * 90);
  });
});
