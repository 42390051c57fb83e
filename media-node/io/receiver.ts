import { EventEmitter } from 'node:events';
import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind } from '@muon/contract/participant.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { PacketLayer } from '../forward/packet-layer.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';

/** Stream id and track id of a track in SDP (RFC 8830). */
export interface Msid {
  readonly streamId: string;
  readonly trackId: string;
}

export interface ReceiverEvents {
  /**
   * A plain packet: once each, retransmissions unwrapped, header extensions and payload type numbered as
   * {@link Receiver.codec} and `headerExtensions` say. `arrivalMs` is on the clock of `performance.now()`; `layer` is what
   * a packet of video says of its frame.
   */
  packet: [packet: RtpPacket, arrivalMs: number, layer: PacketLayer | undefined];
  senderReport: [report: SenderReportInfo];
}

/** How a stream comes in, over about the last second. */
export interface IncomingStats {
  readonly bitrateBps: number;
  /** Before retransmissions; from 0 to 1. */
  readonly lossFraction: number;
  /** Undefined where the client does not answer. */
  readonly rttMs: number | undefined;
  readonly jitterMs: number;
}

export interface ReceiverOptions {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly msid: Msid;
  readonly codec: Codec;
  readonly ssrc: number;
  readonly rid: string | undefined;
  readonly rids: readonly string[];
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
  /** All simulcast layers that the client offered, in its order. */
  readonly rids: readonly string[];
  /** Of the latest packet of audio, from 0, the loudest, to 127 (RFC 6464); undefined when it is not told. */
  audioLevel: number | undefined;
  /** Undefined in the first second. */
  stats: IncomingStats | undefined;
  readonly #onKeyframeWanted: () => void;

  constructor(options: ReceiverOptions, onKeyframeWanted: () => void) {
    super();
    this.mid = options.mid;
    this.kind = options.kind;
    this.msid = options.msid;
    this.codec = options.codec;
    this.ssrc = options.ssrc;
    this.rid = options.rid;
    this.rids = options.rids;
    this.#onKeyframeWanted = onKeyframeWanted;
  }

  /** Asks for a keyframe; however many ask, the client is asked now and then until one comes. */
  requestKeyframe(): void {
    this.#onKeyframeWanted();
  }
}
