import { readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import { ProtocolError } from '../protocol-error.ts';

const EXTENDED_REPORT = 207;
const blocks = { referenceTime: 4, roundTrips: 5 } as const;

/** Answers a reference time as a report block answers a sender report (RFC 3611 section 4.5). */
export interface RoundTripReport {
  /** Whose reference time is answered. */
  readonly ssrc: number;
  /** The middle 32 bits of that time. */
  readonly lastReport: number;
  /** Since it came, in units of 1/65536 s. */
  readonly delaySinceLastReport: number;
}

/**
 * A receiver's own clock, which a sender answers, so that the receiver learns the round trip (RFC 3611 section 4.4).
 * `time` counts units of 2^-32 s: any clock will do, since only the one who gave it reads it again; below 2^53.
 */
export function encodeReferenceTime(ssrc: number, time: number): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes[0] = 0x80;
  bytes[1] = EXTENDED_REPORT;
  writeU16(bytes, 2, 4);
  writeU32(bytes, 4, ssrc);
  bytes[8] = blocks.referenceTime;
  writeU16(bytes, 10, 2);
  writeU32(bytes, 12, Math.floor(time / 2 ** 32));
  writeU32(bytes, 16, time % 2 ** 32);
  return bytes;
}

/**
 * The DLRR blocks of an extended report; blocks of other kinds are left out.
 *
 * @throws ProtocolError
 */
export function decodeRoundTrips(bytes: Uint8Array): RoundTripReport[] {
  const reports: RoundTripReport[] = [];
  for (let at = 8; at < bytes.length;) {
    const end = at + 4 + 4 * (at + 4 <= bytes.length ? readU16(bytes, at + 2) : Infinity);
    if (end > bytes.length) throw new ProtocolError('block runs past its extended report');
    if (bytes[at] === blocks.roundTrips) readRoundTrips(bytes, at + 4, end, reports);
    at = end;
  }
  return reports;
}

function readRoundTrips(bytes: Uint8Array, start: number, end: number, reports: RoundTripReport[]): void {
  for (let at = start; at + 12 <= end; at += 12) {
    reports.push({
      ssrc: readU32(bytes, at),
      lastReport: readU32(bytes, at + 4),
      delaySinceLastReport: readU32(bytes, at + 8),
    });
  }
}
