import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { OwnFields, PacketEdit } from './packet-edit.ts';

/** A packet asked for twice within this time is sent once: the first copy is still on its way. */
const MIN_RESEND_MS = 15;

/** How far back a packet is still worth sending again unasked. */
const MAX_BACK = 64;

/** What was sent, as it is found again by its outgoing sequence number. */
export interface SentPacket {
  readonly packet: RtpPacket;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly edit: PacketEdit;
}

type SentFields = Pick<OwnFields, 'seq' | 'timestamp' | 'marker' | 'edit'>;

/**
 * The latest packets of one outgoing stream, to be sent again. Holds the source's packets, which all streams share, and
 * allocates nothing once it is made.
 */
export class PacketHistory {
  readonly #size: number;
  readonly #packets: (RtpPacket | undefined)[];
  readonly #seqs: Uint16Array;
  readonly #timestamps: Uint32Array;
  readonly #markers: Uint8Array;
  readonly #editOffsets: Uint16Array;
  readonly #editLengths: Uint8Array;
  readonly #editValues: Uint32Array;
  readonly #resentMs: Float64Array;
  #latest = 0;

  /** Keeps the latest `size` packets, a power of two. */
  constructor(size: number) {
    this.#size = size;
    this.#packets = Array.from({ length: size });
    this.#seqs = new Uint16Array(size);
    this.#timestamps = new Uint32Array(size);
    this.#markers = new Uint8Array(size);
    this.#editOffsets = new Uint16Array(size);
    this.#editLengths = new Uint8Array(size);
    this.#editValues = new Uint32Array(size);
    this.#resentMs = new Float64Array(size);
  }

  /** A packet as it was sent: with these fields in place of its own. */
  add(packet: RtpPacket, { seq, timestamp, marker, edit }: SentFields): void {
    const place = seq % this.#size;
    this.#latest = seq;
    this.#packets[place] = packet;
    this.#seqs[place] = seq;
    this.#timestamps[place] = timestamp;
    this.#markers[place] = marker ? 1 : 0;
    this.#editOffsets[place] = edit.offset;
    this.#editLengths[place] = edit.length;
    this.#editValues[place] = edit.value;
    this.#resentMs[place] = -Infinity;
  }

  /** The latest packet that {@link take} would give now; undefined when there is none among the last few. */
  latest(nowMs: number): number | undefined {
    for (let back = 0; back < MAX_BACK; back++) {
      const place = (this.#latest - back) & (this.#size - 1);
      if (!this.#packets[place]) return undefined;
      if (nowMs - this.#resentMs[place]! >= MIN_RESEND_MS) return this.#seqs[place];
    }
    return undefined;
  }

  /** The packet to send again now; undefined when it is gone or was sent again just before. */
  take(seq: number, nowMs: number): SentPacket | undefined {
    const place = seq % this.#size;
    const packet = this.#packets[place];
    if (!packet || this.#seqs[place] !== seq || nowMs - this.#resentMs[place]! < MIN_RESEND_MS) return undefined;
    this.#resentMs[place] = nowMs;
    return {
      packet,
      timestamp: this.#timestamps[place]!,
      marker: this.#markers[place] === 1,
      edit: {
        offset: this.#editOffsets[place]!,
        length: this.#editLengths[place]!,
        value: this.#editValues[place]!,
      },
    };
  }
}
