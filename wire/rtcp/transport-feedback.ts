import { readU16, readU24, writeU16, writeU24, writeU32 } from '../bytes.ts';
import { ProtocolError } from '../protocol-error.ts';

/** Resolution of arrival times. */
const TICK_US = 250;

/** The reference time is a multiple of this; its 24 bits wrap after twelve days. */
const REFERENCE_US = 64_000;

/** Nobody waits so long with feedback; a few bytes could tell of 65535 packets. */
const MAX_STATUSES = 4096;

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

/** A transport-wide feedback packet as it is read; its times count from an unknown instant, modulo 2^24 * 64 ms. */
export interface TransportFeedback extends Arrivals {
  /** Numbers the feedback packets of a transport, modulo 256. */
  readonly count: number;
  /** From which the times of this packet go on; they can lie before it, and past the end of the clock. */
  readonly referenceUs: number;
}

/**
 * Reads a transport-wide feedback packet without its padding, all chunk types and delta sizes.
 *
 * @throws ProtocolError when it is cut short or tells of more packets than can wait for feedback.
 */
export function decodeTransportFeedback(bytes: Uint8Array): TransportFeedback {
  if (bytes.length < 20) throw new ProtocolError('transport feedback cut short');
  const statusCount = readU16(bytes, 14);
  if (statusCount === 0 || statusCount > MAX_STATUSES) {
    throw new ProtocolError(`transport feedback about ${statusCount} packets`);
  }
  const statuses = new Uint8Array(statusCount);
  const deltasAt = readStatuses(bytes, statuses);
  const referenceUs = readU24(bytes, 16) * REFERENCE_US;
  return {
    baseSeq: readU16(bytes, 12),
    count: bytes[19]!,
    referenceUs,
    arrivalsUs: readArrivals(bytes, deltasAt, statuses, referenceUs),
  };
}

/** Fills in the status of each packet; returns where the deltas begin. */
function readStatuses(bytes: Uint8Array, statuses: Uint8Array): number {
  let at = 20;
  for (let known = 0; known < statuses.length; at += 2) {
    if (at + 2 > bytes.length) throw new ProtocolError('transport feedback without all chunks');
    const chunk = readU16(bytes, at);
    if (chunk < 0x8000) {
      const run = chunk & MAX_RUN;
      if (run === 0) throw new ProtocolError('transport feedback with a run of nothing');
      statuses.fill(chunk >>> 13, known, known + run);
      known += run;
    } else {
      // Of two bits each or, where these are clear, of one; what they have too many says nothing.
      const bits = chunk & 0x4000 ? 2 : 1;
      for (let shift = 14 - bits; shift >= 0 && known < statuses.length; shift -= bits) {
        statuses[known++] = (chunk >>> shift) & (bits === 2 ? 3 : 1);
      }
      if (known >= statuses.length) return at + 2;
    }
  }
  return at;
}

function readArrivals(
  bytes: Uint8Array,
  start: number,
  statuses: Uint8Array,
  referenceUs: number,
): (number | undefined)[] {
  let at = start;
  let us = referenceUs;
  return Array.from(statuses, (status) => {
    if (status === symbols.notReceived) return undefined;
    if (status > symbols.largeDelta) throw new ProtocolError('transport feedback with a reserved status');
    // The status is how many bytes the delta has.
    if (at + status > bytes.length) throw new ProtocolError('transport feedback without all deltas');
    us += TICK_US * (status === symbols.smallDelta ? bytes[at]! : (readU16(bytes, at) << 16) >> 16);
    at += status;
    return us;
  });
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
