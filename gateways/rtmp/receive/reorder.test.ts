import { describe, expect, test } from 'vitest';
import { ReorderBuffer } from './reorder.ts';
import { rtp } from './rtp.fixture.ts';

// Counters wrap, so every case starts on both sides of each edge.
for (const start of [0, 1, 32_767, 32_768, 65_534, 65_535]) {
  describe(`a stream that starts at ${start}`, () => {
    /** Pushes packets by their place in the stream, at these times, and tells what has come out since. */
    function play(...arrivals: readonly (readonly [place: number, atMs: number])[]) {
      const buffer = new ReorderBuffer();
      const out: string[] = [];
      for (const [place, atMs] of arrivals) {
        buffer.push(rtp({ seq: start + place }), atMs);
        for (const { packet, afterLoss } of buffer.poll(atMs)) {
          out.push(`${(packet.seq - start) & 0xffff}${afterLoss ? ' after loss' : ''}`);
        }
      }
      return { out, lost: buffer.lost };
    }

    test('comes out in order', () => {
      expect(play([0, 0], [2, 10], [1, 20], [3, 30]).out).toEqual(['0', '1', '2', '3']);
    });

    test('is given once, however often a packet comes', () => {
      expect(play([0, 0], [0, 1], [1, 2], [1, 3], [0, 4]).out).toEqual(['0', '1']);
    });

    test('waits for a packet that is missing, but not for ever', () => {
      expect(play([0, 0], [2, 10], [3, 100]).out).toEqual(['0']);
      expect(play([0, 0], [2, 10], [3, 200])).toEqual({ out: ['0', '2 after loss', '3'], lost: 1 });
    });

    test('begins anew after a jump', () => {
      expect(play([0, 0], [20_000, 10], [20_001, 20]).out).toEqual(['0', '20000 after loss', '20001']);
    });
  });
}

test('holds no more than the packets of one gap', () => {
  const buffer = new ReorderBuffer();
  buffer.push(rtp({ seq: 0 }), 0);
  let out = 0;
  for (let i = 2; i < 5000; i += 2) {
    buffer.push(rtp({ seq: i }), i);
    out += [...buffer.poll(i)].length;
  }
  expect(out).toBeGreaterThan(2400);
});
