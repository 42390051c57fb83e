import { EventEmitter } from 'node:events';
import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind } from '@muon/contract/participant.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';

/** Stream id and track id of a track in SDP (RFC 8830). */
export interface Msid {
  readonly streamId: string;
  readonly trackId: string;
}

export interface ReceiverEvents {
  /**
   * A plain packet: once each, retransmissions unwrapped, header extensions and payload type numbered as
   * {@link Receiver.codec} and `headerExtensions` say. `arrivalMs` is on the clock of `performance.now()`.
   */
  packet: [packet: RtpPacket, arrivalMs: number];
  senderReport: [report: SenderReportInfo];
}

export interface ReceiverOptions {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly msid: Msid;
  readonly codec: Codec;
  readonly ssrc: number;
  readonly rid: string | undefined;
}

/** One RTP stream that a client publishes: a track, or one simulcast layer of it. */
export class Receiver extends EventEmitter<ReceiverEvents> {
  readonly mid: string;
  readonly kind: MediaKind;
  /** As the client named them. */
  readonly msid: Msid;
  readonly codec: Codec;
  readonly ssrc: number;
  /** Which simulcast layer; absent without simulcast. */
  readonly rid: string | undefined;
  readonly #onKeyframeWanted: () => void;

  constructor(options: ReceiverOptions, onKeyframeWanted: () => void) {
    super();
    this.mid = options.mid;
    this.kind = options.kind;
    this.msid = options.msid;
    this.codec = options.codec;
    this.ssrc = options.ssrc;
    this.rid = options.rid;
    this.#onKeyframeWanted = onKeyframeWanted;
  }

  /** Asks for a keyframe; however many ask, the client is asked now and then until one comes. */
  requestKeyframe(): void {
    this.#onKeyframeWanted();
  }
}
