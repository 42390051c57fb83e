import type { TelephoneEvent } from '@muon/wire/dtmf/telephone-event.ts';

/**
 * Makes one digit of the many packets of a key press: they share a timestamp, and any of them, the last three
 * included, may be lost or repeated (RFC 4733 section 2.5).
 */
export class DigitReceiver {
  #timestamp: number | undefined;

  /** The digit that this packet is the first sign of. */
  receive(timestamp: number, event: TelephoneEvent): string | undefined {
    if (timestamp === this.#timestamp) return undefined;
    this.#timestamp = timestamp;
    return event.digit;
  }
}
