import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { decodeRtcp } from '@muon/wire/rtcp/packet.ts';
import { ntpMs } from '@muon/wire/rtcp/sender-report.ts';
import { isRtcp, RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { PlayoutClock } from '../receive/playout-clock.ts';
import { ReorderBuffer, type OrderedPacket } from '../receive/reorder.ts';

/** What went wrong with the tracks of a program; one tally serves them all. */
export interface InputTally {
  packetsLost: number;
  malformed: number;
  decodeFailures: number;
  lateSamples: number;
}

/** One track of a participant, from packets in any order to media at its time. */
export abstract class TrackInput {
  protected readonly clock: PlayoutClock;
  protected readonly tally: InputTally;
  readonly #reorder = new ReorderBuffer();

  constructor(clock: PlayoutClock, tally: InputTally) {
    this.clock = clock;
    this.tally = tally;
  }

  /** Takes RTP or RTCP; whatever a participant sends, it is counted at worst. */
  receive(bytes: Uint8Array, nowMs: number): void {
    try {
      if (isRtcp(bytes)) {
        for (const packet of decodeRtcp(bytes)) {
          if (packet.type === 'senderReport') this.clock.report(ntpMs(packet.info), packet.info.rtpTimestamp);
        }
      } else {
        // The link's buffer is its own only until this handler returns.
        this.#reorder.push(RtpPacket.parse(Uint8Array.from(bytes)), nowMs);
      }
      this.poll(nowMs);
    } catch (error) {
      this.#count(error);
    }
  }

  /** Goes on with what time allows, as packets that are given up. */
  poll(nowMs: number): void {
    const lostBefore = this.#reorder.lost;
    for (const ordered of this.#reorder.poll(nowMs)) {
      try {
        this.take(ordered, nowMs);
      } catch (error) {
        this.#count(error);
      }
    }
    this.tally.packetsLost += this.#reorder.lost - lostBefore;
  }

  abstract close(): void;

  /** Takes the next packet in order. */
  protected abstract take(ordered: OrderedPacket, nowMs: number): void;

  #count(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.tally.malformed += 1;
  }
}
