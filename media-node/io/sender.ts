import { randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind } from '@muon/contract/participant.ts';
import { encodeSenderReport } from '@muon/wire/rtcp/packet.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import { encodePadding } from '@muon/wire/rtp/encode.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { wrapRtx } from '@muon/wire/rtp/rtx.ts';
import { withTransportSequence } from '@muon/wire/rtp/transport-sequence.ts';
import { PacketHistory } from '../forward/packet-history.ts';
import { Repeats } from '../forward/repeats.ts';
import { StreamRewriter } from '../forward/stream-rewriter.ts';
import { headerExtensions } from '../negotiation/header-extensions.ts';
import type { OutgoingTransport } from './outgoing-transport.ts';
import type { RtpOutput, SessionId } from './packet-io.ts';
import type { Msid } from './receiver.ts';

/** Packets kept to be sent again: two seconds of video at 2.5 Mbit/s. */
const HISTORY_PACKETS = 512;

/** For less than this, padding is as good as a packet that the client may miss. */
const MIN_REPEATED_BYTES = 300;

export interface SenderEvents {
  /** The client cannot decode until a keyframe comes: it said so (PLI or FIR), or it begins to receive. */
  keyframeWanted: [];
}

export interface SenderOptions {
  readonly kind: MediaKind;
  readonly msid: Msid;
  /** What its packets carry; the payload type in them does not matter. */
  readonly codec: Codec;
}

/** Where a sender stands in its connection. */
export interface SenderPlace {
  readonly mid: string;
  readonly ssrc: number;
  readonly cname: string;
  /** By which its packets go out. */
  readonly transport: OutgoingTransport;
  /** As it is offered. */
  readonly codec: Codec;
  /** Its retransmissions; undefined when its packets are not repeated. */
  readonly rtx: { readonly ssrc: number; readonly payloadType: number } | undefined;
}

/** One RTP stream that a client is sent. Packets come in by `MediaPort.forward`, from any source. */
export class Sender extends EventEmitter<SenderEvents> {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly msid: Msid;
  /** As it is sent: with the payload type of the offer. */
  readonly codec: Codec;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly cname: string;
  /** By which its packets go out. */
  readonly transport: OutgoingTransport;
  /** What the last packet that {@link prepare} took is sent with. */
  readonly output: RtpOutput;
  /** Of packets that are sent again as they were, where {@link rtxSsrc} is absent. */
  readonly repeats = new Repeats();
  readonly #rewriter: StreamRewriter;
  readonly #rtxPayloadType: number;
  #history: PacketHistory | undefined;
  #rtxSeq = randomInt(0x8000);
  #active = false;
  #packets = 0;
  #payloadBytes = 0;

  constructor(options: SenderOptions, place: SenderPlace) {
    super();
    this.mid = place.mid;
    this.kind = options.kind;
    this.msid = options.msid;
    this.codec = place.codec;
    this.ssrc = place.ssrc;
    this.rtxSsrc = place.rtx?.ssrc;
    this.cname = place.cname;
    this.transport = place.transport;
    this.#rtxPayloadType = place.rtx?.payloadType ?? 0;
    this.output = {
      session: 0,
      ssrc: place.ssrc,
      seq: 0,
      timestamp: 0,
      payloadType: place.codec.payloadType,
      marker: false,
      edit: { offset: 0, length: 0, value: 0 },
      transportSequence: undefined,
    };
    const start = { seq: randomInt(0x8000), timestamp: randomInt(2 ** 32) };
    this.#rewriter = new StreamRewriter(place.codec.clockRate, start);
  }

  /** Whether the client takes the stream now. */
  get active(): boolean {
    return this.#active;
  }

  /** The client takes the stream, on this session, with retransmissions or without. */
  start(session: SessionId, retransmissions: boolean): void {
    this.output.session = session;
    this.#history ??= retransmissions && this.rtxSsrc !== undefined ? new PacketHistory(HISTORY_PACKETS) : undefined;
    if (this.#active) return;
    this.#active = true;
    if (this.kind === 'video') this.emit('keyframeWanted');
  }

  stop(): void {
    this.#active = false;
  }

  /** No packets come for a while: the next one follows the last, so that the client misses none. */
  interrupt(): void {
    this.#rewriter.interrupt();
  }

  /** Puts a packet into the stream and sets {@link output}; false when it is not to be sent. */
  prepare(packet: RtpPacket, nowMs: number): boolean {
    if (!this.#active || !this.#rewriter.rewrite(packet, nowMs)) return false;
    const { seq, timestamp } = this.#rewriter;
    this.output.seq = seq;
    this.output.timestamp = timestamp;
    this.output.marker = packet.marker;
    this.#packets++;
    this.#payloadBytes += packet.payloadEnd - packet.payloadOffset;
    this.#history?.add(seq, timestamp, packet);
    return true;
  }

  /** The packets to send again of those that the client misses (RFC 4588). */
  retransmissions(seqs: readonly number[], nowMs: number): Uint8Array[] {
    const ssrc = this.rtxSsrc;
    if (!this.#history || ssrc === undefined) return [];
    const packets: Uint8Array[] = [];
    for (const originalSeq of seqs) {
      const sent = this.#history.take(originalSeq, nowMs);
      if (!sent) continue;
      this.#rtxSeq = (this.#rtxSeq + 1) & 0xffff;
      const header = { payloadType: this.#rtxPayloadType, ssrc, seq: this.#rtxSeq, timestamp: sent.timestamp };
      packets.push(wrapRtx(sent.packet, originalSeq, header));
    }
    return packets;
  }

  /** A packet for a probe: one of the latest again, or else of padding alone; undefined without retransmissions. */
  padding(sizeBytes: number, nowMs: number): Uint8Array | undefined {
    const ssrc = this.rtxSsrc;
    if (!this.#history || ssrc === undefined || !this.#active) return undefined;
    const latest = sizeBytes < MIN_REPEATED_BYTES ? undefined : this.#history.latest(nowMs);
    const [repeated] = latest === undefined ? [] : this.retransmissions([latest], nowMs);
    if (repeated) return repeated;
    this.#rtxSeq = (this.#rtxSeq + 1) & 0xffff;
    const timestamp = this.output.timestamp;
    const header = { payloadType: this.#rtxPayloadType, marker: false, seq: this.#rtxSeq, timestamp, ssrc };
    return withTransportSequence(RtpPacket.parse(encodePadding(header)), headerExtensions.transportSequence.id).bytes;
  }

  /** The source's report as this stream's; undefined when another source is sent now. */
  report(source: SenderReportInfo): Uint8Array | undefined {
    if (!this.#active || source.ssrc !== this.#rewriter.sourceSsrc) return undefined;
    const rtpTimestamp = this.#rewriter.rewriteTimestamp(source.rtpTimestamp);
    const sent = { packets: this.#packets, payloadBytes: this.#payloadBytes };
    return encodeSenderReport({ ...source, ssrc: this.ssrc, rtpTimestamp }, sent, this.cname);
  }
}
