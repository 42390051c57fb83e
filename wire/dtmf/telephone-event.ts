import { ProtocolError } from '../protocol-error.ts';

/** The keys of a telephone by event number (RFC 4733 section 3.2). */
const DIGITS = '0123456789*#ABCD';

/** One packet of a key that is held or released (RFC 4733 section 2.3). */
export interface TelephoneEvent {
  /** Absent for events that are no key, as flash. */
  readonly digit: string | undefined;
  readonly end: boolean;
  /** In timestamp units, since the packet's RTP timestamp. */
  readonly duration: number;
}

/** @throws ProtocolError when the payload is cut short. */
export function decodeTelephoneEvent(payload: Uint8Array): TelephoneEvent {
  if (payload.length < 4) throw new ProtocolError(`telephone event of ${payload.length} bytes`);
  return {
    digit: DIGITS[payload[0]!],
    end: (payload[1]! & 0x80) !== 0,
    duration: (payload[2]! << 8) | payload[3]!,
  };
}
