import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { OwnFields, PacketEdit } from './packet-edit.ts';

/** Packets are kept so long: a decoder has given up what is missing by then. */
const KEEP_MS = 1500;

/** Powers of two; what the busiest stream sends in that time is more than most need. */
const MIN_SIZE = 128;
const MAX_SIZE = 2048;

/** However short the round trip: a packet asked for twice within this time is sent once. */
const MIN_RESEND_MS = 15;

/** What is asked for again sooner than this share of a round trip is still on its way. */
const RESEND_SHARE = 0.7;
const MAX_RESEND_MS = 200;

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

/** By place, which is the sequence number modulo the size. */
class Columns {
  readonly size: number;
  readonly packets: (RtpPacket | undefined)[];
  readonly seqs: Uint16Array;
  readonly timestamps: Uint32Array;
  readonly markers: Uint8Array;
  readonly editOffsets: Uint16Array;
  readonly editLengths: Uint8Array;
  readonly editValues: Uint32Array;
  readonly sentMs: Float64Array;
  readonly resentMs: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.packets = Array.from({ length: size });
    this.seqs = new Uint16Array(size);
    this.timestamps = new Uint32Array(size);
    this.markers = new Uint8Array(size);
    this.editOffsets = new Uint16Array(size);
    this.editLengths = new Uint8Array(size);
    this.editValues = new Uint32Array(size);
    this.sentMs = new Float64Array(size);
    this.resentMs = new Float64Array(size);
  }

  copy(from: Columns, place: number): void {
    const seq = from.seqs[place]!;
    const at = seq & (this.size - 1);
    this.packets[at] = from.packets[place];
    this.seqs[at] = seq;
    this.timestamps[at] = from.timestamps[place]!;
    this.markers[at] = from.markers[place]!;
    this.editOffsets[at] = from.editOffsets[place]!;
    this.editLengths[at] = from.editLengths[place]!;
    this.editValues[at] = from.editValues[place]!;
    this.sentMs[at] = from.sentMs[place]!;
    this.resentMs[at] = from.resentMs[place]!;
  }
}

/**
 * The latest packets of one outgoing stream, to be sent again. Holds the source's packets, which all streams share.
 * Grows with the rate of the stream, and allocates nothing once it is large enough.
 */
export class PacketHistory {
  #columns = new Columns(MIN_SIZE);
  #latest = 0;
  /** Packets that were sent before are of no use any more. */
  #usefulFromMs = -Infinity;

  /** A packet as it was sent: with these fields in place of its own. */
  add(packet: RtpPacket, { seq, timestamp, marker, edit }: SentFields, nowMs: number): void {
    const before = this.#columns;
    const replaced = seq & (before.size - 1);
    if (before.packets[replaced] && nowMs - before.sentMs[replaced]! < KEEP_MS && before.size < MAX_SIZE) this.#grow();
    const columns = this.#columns;
    const place = seq & (columns.size - 1);
    this.#latest = seq;
    columns.packets[place] = packet;
    columns.seqs[place] = seq;
    columns.timestamps[place] = timestamp;
    columns.markers[place] = marker ? 1 : 0;
    columns.editOffsets[place] = edit.offset;
    columns.editLengths[place] = edit.length;
    columns.editValues[place] = edit.value;
    columns.sentMs[place] = nowMs;
    columns.resentMs[place] = -Infinity;
  }

  /** Nothing that was sent so far is of use any more. */
  clear(): void {
    this.#columns.packets.fill(undefined);
  }

  /** What was sent before now shows nothing that what follows does not show. */
  forget(nowMs: number): void {
    this.#usefulFromMs = nowMs;
  }

  /** The latest packet that {@link take} would give now; undefined when there is none among the last few. */
  latest(nowMs: number): number | undefined {
    const { size, packets, resentMs, seqs } = this.#columns;
    for (let back = 0; back < MAX_BACK; back++) {
      const place = (this.#latest - back) & (size - 1);
      if (!packets[place]) return undefined;
      if (nowMs - resentMs[place]! >= MAX_RESEND_MS) return seqs[place];
    }
    return undefined;
  }

  /** The packet to send again now; undefined when it is gone, or was sent again and may be on its way still. */
  take(seq: number, nowMs: number, rttMs = 0): SentPacket | undefined {
    const columns = this.#columns;
    const place = seq & (columns.size - 1);
    const packet = columns.packets[place];
    if (!packet || columns.seqs[place] !== seq || nowMs - columns.sentMs[place]! > 2 * KEEP_MS) return undefined;
    if (columns.sentMs[place]! < this.#usefulFromMs) return undefined;
    if (nowMs - columns.resentMs[place]! < resendIntervalMs(rttMs)) return undefined;
    columns.resentMs[place] = nowMs;
    return {
      packet,
      timestamp: columns.timestamps[place]!,
      marker: columns.markers[place] === 1,
      edit: {
        offset: columns.editOffsets[place]!,
        length: columns.editLengths[place]!,
        value: columns.editValues[place]!,
      },
    };
  }

  #grow(): void {
    const before = this.#columns;
    this.#columns = new Columns(2 * before.size);
    for (let place = 0; place < before.size; place++) if (before.packets[place]) this.#columns.copy(before, place);
  }
}

/** How long a packet that was sent again may be on its way. */
export function resendIntervalMs(rttMs: number): number {
  return Math.min(Math.max(RESEND_SHARE * rttMs, MIN_RESEND_MS), MAX_RESEND_MS);
}
