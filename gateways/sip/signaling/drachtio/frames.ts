import { ProtocolError } from '@muon/wire/protocol-error.ts';

/** The daemon takes no SIP message that comes near to this; one that is longer is not its own. */
const MAX_FRAME_BYTES = 256 * 1024;

const MAX_LENGTH_DIGITS = 6;

const SEPARATOR = '#'.charCodeAt(0);

/** One message as it goes over the control connection: its length in bytes, `#`, and itself. */
export function writeFrame(text: string): string {
  return `${Buffer.byteLength(text)}#${text}`;
}

/** Finds the messages in the stream of the control connection. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /**
   * The messages that are whole now.
   *
   * @throws ProtocolError when what came cannot be a message; nothing can follow it.
   */
  read(bytes: Buffer): Buffer[] {
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes;
    const frames: Buffer[] = [];
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Buffer | undefined {
    const separator = this.#held.subarray(0, MAX_LENGTH_DIGITS + 1).indexOf(SEPARATOR);
    if (separator < 0 && this.#held.length <= MAX_LENGTH_DIGITS) return undefined;
    const digits = this.#held.toString('latin1', 0, Math.max(separator, 0));
    const length = /^[1-9]\d*$/.test(digits) ? Number(digits) : Infinity;
    if (length > MAX_FRAME_BYTES) throw new ProtocolError('control message without a length');
    const end = separator + 1 + length;
    if (this.#held.length < end) return undefined;
    const frame = this.#held.subarray(separator + 1, end);
    this.#held = this.#held.subarray(end);
    return frame;
  }
}
