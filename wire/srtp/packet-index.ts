/** The 48-bit index of a packet is its rollover counter times this, plus its sequence number (RFC 3711 section 3.3.1). */
export const ROLLOVER = 0x1_0000;

/** No stream lives longer under one key. */
const MAX_INDEX = 2 ** 48 - 1;

/**
 * The index of a packet with this sequence number, the nearest to the highest index so far (-1 before the first): right
 * for any loss or delay of less than 2^15 packets (RFC 3711, appendix A). Undefined when there is no such index.
 */
export function estimateIndex(highest: number, seq: number): number | undefined {
  if (highest < 0) return seq;
  const rollover = Math.floor(highest / ROLLOVER);
  const distance = seq - (highest % ROLLOVER);
  let index = rollover * ROLLOVER + seq;
  if (distance > ROLLOVER / 2) index -= ROLLOVER;
  else if (distance < -ROLLOVER / 2) index += ROLLOVER;
  return index < 0 || index > MAX_INDEX ? undefined : index;
}

/** The upper 32 bits of an index, which the packet does not carry. */
export function rolloverCounter(index: number): number {
  return Math.floor(index / ROLLOVER);
}
