import { readU16, writeU16 } from '../bytes.ts';
import { ProtocolError } from '../protocol-error.ts';

/** The length that goes before each packet (RFC 4571 section 2). */
const LENGTH_BYTES = 2;

/** A packet as it goes over a stream: after its length. A copy. */
export function frame(packet: Uint8Array): Uint8Array {
  const framed = new Uint8Array(LENGTH_BYTES + packet.length);
  writeU16(framed, 0, packet.length);
  framed.set(packet, LENGTH_BYTES);
  return framed;
}

/** Finds the packets in a stream, however it is cut into chunks (RFC 4571); keeps less than one packet. */
export class StreamDeframer {
  readonly #maxPacketBytes: number;
  /** The beginning of a packet, with its length, whose rest has not come. */
  #rest: Uint8Array = new Uint8Array();

  /** A longer packet is a fault of the sender. */
  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  /**
   * The packets that the chunk completes; they share its memory, or their own. Empty packets are left out (RFC 4571 section 2).
   *
   * @throws ProtocolError when one is too long; the stream cannot be read on.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const packets: Uint8Array[] = [];
    const bytes = this.#rest.length === 0 ? chunk : join(this.#rest, chunk);
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const length = readU16(bytes, at);
      if (length > this.#maxPacketBytes) throw new ProtocolError(`framed packet of ${length} bytes`);
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) break;
      if (length > 0) packets.push(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    // A copy, since a few bytes would keep the whole chunk.
    this.#rest = bytes.slice(at);
    return packets;
  }
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}
