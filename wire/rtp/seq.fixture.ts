/** Counters wrap, so every case starts on both sides of each edge. */
export const edges = [0, 1, 127, 32_767, 32_768, 65_534, 65_535];

/** A 16-bit number `by` further on. */
export function after(seq: number, by: number): number {
  return (seq + by) & 0xffff;
}

/** A repeatable source of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
