import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { unwrapRtx } from '@muon/wire/rtp/rtx.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import { encodeNack, encodePli, type ReportBlock } from '@muon/wire/rtcp/packet.ts';
import { toForwarded } from '../forward/forwarded-packet.ts';
import { startsKeyframe } from '../forward/keyframe.ts';
import { KeyframeRequester } from '../forward/keyframe-requester.ts';
import { LossTracker } from '../forward/loss-tracker.ts';
import { ReceptionStatistics } from '../forward/reception-statistics.ts';
import type { NegotiatedCodec, PublishedMedia } from '../negotiation/answer.ts';
import { headerExtensions } from '../negotiation/header-extensions.ts';
import { Receiver } from './receiver.ts';

/** One SSRC that a client publishes, with its retransmissions: what is lost, what is told of it, and to whom it goes. */
export class IncomingStream {
  readonly receiver: Receiver;
  readonly #codec: NegotiatedCodec;
  readonly #losses = new LossTracker();
  readonly #statistics: ReceptionStatistics;
  readonly #keyframes = new KeyframeRequester();
  #extensionIds: ReadonlyMap<number, number>;

  constructor(media: PublishedMedia, codec: NegotiatedCodec, source: { ssrc: number; rid: string | undefined }) {
    const { mid, kind, msid } = media;
    this.#codec = codec;
    this.#statistics = new ReceptionStatistics(source.ssrc, codec.codec.clockRate);
    this.#extensionIds = forwardedIds(media);
    this.receiver = new Receiver({ mid, kind, msid, codec: codec.codec, ...source }, () => this.#keyframes.want());
  }

  /** The medium was negotiated again. */
  update(media: PublishedMedia): void {
    this.#extensionIds = forwardedIds(media);
  }

  /** A packet of the stream itself. */
  packetArrived(packet: RtpPacket, nowMs: number): void {
    if (packet.payloadType !== this.#codec.payloadType) return;
    this.#statistics.arrived(packet.seq, packet.timestamp, nowMs);
    this.#take(packet, nowMs);
  }

  /** A packet of its retransmissions. */
  repairArrived(rtx: RtpPacket, nowMs: number): void {
    if (rtx.payloadType !== this.#codec.rtxPayloadType) return;
    const original = unwrapRtx(rtx, { payloadType: this.#codec.payloadType, ssrc: this.receiver.ssrc });
    if (original) this.#take(original, nowMs);
  }

  reported(report: SenderReportInfo, nowMs: number): void {
    this.#statistics.reported(report, nowMs);
    this.receiver.emit('senderReport', report);
  }

  /** What to ask of the client now: lost packets, a keyframe. */
  poll(nowMs: number, localSsrc: number): Uint8Array[] {
    const feedback: Uint8Array[] = [];
    const missing = this.#codec.nack ? this.#losses.poll(nowMs) : [];
    if (missing.length > 0) feedback.push(encodeNack(localSsrc, this.receiver.ssrc, missing));
    if (this.#keyframes.poll(nowMs)) feedback.push(encodePli(localSsrc, this.receiver.ssrc));
    return feedback;
  }

  report(nowMs: number): ReportBlock | undefined {
    return this.#statistics.report(nowMs);
  }

  #take(packet: RtpPacket, nowMs: number): void {
    if (this.#losses.arrived(packet.seq, nowMs) !== 'new') return;
    const { codec } = this.#codec;
    // A codec whose keyframes are not recognised is asked once for each wish.
    if (startsKeyframe(codec.mimeType, packet) !== false) this.#keyframes.arrived();
    const { id } = headerExtensions.transportSequence;
    this.receiver.emit('packet', toForwarded(packet, codec.payloadType, this.#extensionIds, id), nowMs);
  }
}

/** The client's numbers of the header extensions that go on, and ours. */
function forwardedIds({ extensions }: PublishedMedia): Map<number, number> {
  const ids = new Map<number, number>();
  for (const [id, name] of extensions) if (headerExtensions[name].forwarded) ids.set(id, headerExtensions[name].id);
  return ids;
}
