import { writeU16, writeU24, writeU32 } from '../bytes.ts';

/** Resolution of arrival times. */
const TICK_US = 250;

/** The reference time is a multiple of this; its 24 bits wrap after twelve days. */
const REFERENCE_US = 64_000;

const symbols = { notReceived: 0, smallDelta: 1, largeDelta: 2 } as const;

/** Symbols in a vector chunk of two bits each; a run is worth its own chunk when it is longer. */
const VECTOR_SYMBOLS = 7;
const MAX_RUN = 0x1fff;

/** What has arrived of a range of packets with transport-wide sequence numbers. */
export interface Arrivals {
  readonly baseSeq: number;
  /** For `baseSeq` and the following: when it arrived, or undefined when it did not; one has at least. */
  readonly arrivalsUs: readonly (number | undefined)[];
}

/**
 * A transport-wide congestion control feedback packet (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).
 * `count` numbers the feedback packets of a transport.
 */
export function encodeTransportFeedback(
  senderSsrc: number,
  mediaSsrc: number,
  count: number,
  { baseSeq, arrivalsUs }: Arrivals,
): Uint8Array {
  const reference = Math.floor((arrivalsUs.find((us) => us !== undefined) ?? 0) / REFERENCE_US);
  const { statuses, deltas } = toDeltas(arrivalsUs, reference * REFERENCE_US);
  const chunks = toChunks(statuses);
  const deltaBytes = deltas.reduce((sum, delta) => sum + (isSmall(delta) ? 1 : 2), 0);
  const contentBytes = 20 + 2 * chunks.length + deltaBytes;
  const bytes = new Uint8Array(4 * Math.ceil(contentBytes / 4));
  const padding = bytes.length - contentBytes;
  bytes[0] = 0x80 | (padding > 0 ? 0x20 : 0) | 15;
  bytes[1] = 205;
  writeU16(bytes, 2, bytes.length / 4 - 1);
  writeU32(bytes, 4, senderSsrc);
  writeU32(bytes, 8, mediaSsrc);
  writeU16(bytes, 12, baseSeq);
  writeU16(bytes, 14, statuses.length);
  writeU24(bytes, 16, reference);
  bytes[19] = count;
  chunks.forEach((chunk, i) => writeU16(bytes, 20 + 2 * i, chunk));
  writeDeltas(bytes, 20 + 2 * chunks.length, deltas);
  if (padding > 0) bytes[bytes.length - 1] = padding;
  return bytes;
}

/** Each packet's status, and for each that arrived the ticks since the one before. */
function toDeltas(arrivalsUs: Arrivals['arrivalsUs'], startUs: number): { statuses: number[]; deltas: number[] } {
  const deltas: number[] = [];
  let atUs = startUs;
  const statuses = arrivalsUs.map((us) => {
    if (us === undefined) return symbols.notReceived;
    const delta = Math.max(-0x8000, Math.min(0x7fff, Math.round((us - atUs) / TICK_US)));
    // Goes on from what was written, so that rounding does not add up.
    atUs += delta * TICK_US;
    deltas.push(delta);
    return isSmall(delta) ? symbols.smallDelta : symbols.largeDelta;
  });
  return { statuses, deltas };
}

function isSmall(delta: number): boolean {
  return delta >= 0 && delta <= 0xff;
}

/** Packet status chunks: runs where they are long, vectors of two-bit symbols elsewhere. */
function toChunks(statuses: readonly number[]): number[] {
  const chunks: number[] = [];
  for (let at = 0; at < statuses.length;) {
    const run = runLength(statuses, at);
    if (run > VECTOR_SYMBOLS) {
      chunks.push((statuses[at]! << 13) | run);
      at += run;
    } else {
      let chunk = 0xc000;
      for (let i = 0; i < VECTOR_SYMBOLS; i++) chunk |= (statuses[at + i] ?? symbols.notReceived) << (12 - 2 * i);
      chunks.push(chunk);
      at += VECTOR_SYMBOLS;
    }
  }
  return chunks;
}

function runLength(statuses: readonly number[], start: number): number {
  let end = start + 1;
  while (end < statuses.length && statuses[end] === statuses[start] && end - start < MAX_RUN) end++;
  return end - start;
}

function writeDeltas(bytes: Uint8Array, start: number, deltas: readonly number[]): void {
  let at = start;
  for (const delta of deltas) {
    if (isSmall(delta)) {
      bytes[at] = delta;
      at += 1;
    } else {
      writeU16(bytes, at, delta & 0xffff);
      at += 2;
    }
  }
}
