import { describe, expect, test } from 'vitest';
import { after, edges } from './seq.fixture.ts';
import { seqDistance, SeqUnwrapper, timestampDistance } from './seq.ts';

describe.each(edges)('from %i', (start) => {
  test.each([0, 1, -1, 100, -100, 32_767, -32_767])('%i further on is that distance', (by) => {
    expect(seqDistance(after(start, by), start)).toBe(by);
  });

  test('counting on goes past the wrap, and back for late packets', () => {
    const unwrapper = new SeqUnwrapper();
    const unwrapped = [0, 1, 2, 30_000, 60_000, 59_999, 90_000].map((by) => unwrapper.unwrap(after(start, by)));
    expect(unwrapped).toEqual([0, 1, 2, 30_000, 60_000, 59_999, 90_000].map((by) => start + by));
  });
});

test('timestamps wrap at 32 bits', () => {
  expect(timestampDistance(5, 0xffff_fffb)).toBe(10);
  expect(timestampDistance(0xffff_fffb, 5)).toBe(-10);
});
