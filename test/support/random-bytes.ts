/** Bytes that look random and are the same for the same seed, so that a failure can be had again. */
export function randomBytesOf(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  // xorshift32 (Marsaglia, 2003)
  let state = seed * 2_654_435_761 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}
