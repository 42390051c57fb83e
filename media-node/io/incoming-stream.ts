import { readAudioLevel } from '@muon/wire/rtp/audio-level.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { previousOf, renumberRed } from '@muon/wire/rtp/red.ts';
import { unwrapRtx } from '@muon/wire/rtp/rtx.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import { encodeNack, encodePli, type ReportBlock } from '@muon/wire/rtcp/packet.ts';
import { toForwarded } from '../forward/forwarded-packet.ts';
import { KeyframeRequester } from '../forward/keyframe-requester.ts';
import { LayerReader } from '../forward/layer-reader.ts';
import { LossTracker } from '../forward/loss-tracker.ts';
import { ReceptionStatistics } from '../forward/reception-statistics.ts';
import type { NegotiatedCodec, PublishedMedia } from '../negotiation/answer.ts';
import { RED_PAYLOAD_TYPE } from '../negotiation/codecs.ts';
import { headerExtensions } from '../negotiation/header-extensions.ts';
import type { FeedbackTally } from './feedback-tally.ts';
import { Receiver } from './receiver.ts';

/** Browsers change the codec of a stream on the fly; more often than this, it is no browser. */
const MIN_CODEC_MS = 1000;

interface StreamSource {
  readonly ssrc: number;
  readonly rid: string | undefined;
  readonly startedMs: number;
}

/** One SSRC that a client publishes, with its retransmissions: what is lost, what is told of it, and to whom it goes. */
export class IncomingStream {
  readonly receiver: Receiver;
  readonly #codec: NegotiatedCodec;
  readonly #layers: LayerReader | undefined;
  readonly #losses = new LossTracker();
  readonly #statistics: ReceptionStatistics;
  readonly #keyframes = new KeyframeRequester();
  readonly #startedMs: number;
  #extensionIds: ReadonlyMap<number, number>;
  /** Since the last report. */
  #bytes = 0;
  #reportedMs = -Infinity;

  constructor(media: PublishedMedia, codec: NegotiatedCodec, source: StreamSource) {
    const { mid, kind, msid, rids } = media;
    this.#codec = codec;
    this.#startedMs = source.startedMs;
    const { mimeType } = codec.codec;
    this.#layers = kind === 'video' ? new LayerReader(mimeType, headerExtensions.dependencyDescriptor.id) : undefined;
    this.#statistics = new ReceptionStatistics(source.ssrc, codec.codec.clockRate);
    this.#extensionIds = forwardedIds(media);
    this.receiver = new Receiver(
      { mid, kind, msid, rids, codec: codec.codec, ssrc: source.ssrc, rid: source.rid },
      () => this.#keyframes.want(),
    );
  }

  /** The medium was negotiated again. */
  update(media: PublishedMedia): void {
    this.#extensionIds = forwardedIds(media);
  }

  /** Whether packets of the stream itself have this payload type. */
  carries(payloadType: number): boolean {
    return payloadType === this.#codec.payloadType || payloadType === this.#codec.redPayloadType;
  }

  /** Whether the stream has gone on for long enough to become one of another codec. */
  settled(nowMs: number): boolean {
    return nowMs - this.#startedMs >= MIN_CODEC_MS;
  }

  /** A packet of the stream itself. */
  packetArrived(packet: RtpPacket, nowMs: number): void {
    if (!this.carries(packet.payloadType)) return;
    this.#statistics.arrived(packet.seq, packet.timestamp, nowMs);
    this.#bytes += packet.bytes.length;
    if (this.#reportedMs === -Infinity) this.#reportedMs = nowMs;
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
  poll(nowMs: number, localSsrc: number, tally: FeedbackTally): Uint8Array[] {
    const feedback: Uint8Array[] = [];
    const missing = this.#codec.nack ? this.#losses.poll(nowMs) : [];
    tally.packetsRequested += missing.length;
    if (missing.length > 0) feedback.push(encodeNack(localSsrc, this.receiver.ssrc, missing));
    if (this.#keyframes.poll(nowMs)) {
      tally.keyframesRequested++;
      feedback.push(encodePli(localSsrc, this.receiver.ssrc));
    }
    return feedback;
  }

  /** What to report of it now, about once a second; `rttMs` is the round trip to the client, where it is known. */
  report(nowMs: number, rttMs: number | undefined): ReportBlock | undefined {
    if (rttMs !== undefined) this.#losses.roundTrip(rttMs);
    const block = this.#statistics.report(nowMs);
    if (block) {
      const bitrateBps = (this.#bytes * 8000) / (nowMs - this.#reportedMs);
      const lossFraction = block.fractionLost / 256;
      const jitterMs = (block.jitter * 1000) / this.#codec.codec.clockRate;
      this.receiver.stats = { bitrateBps, lossFraction, rttMs, jitterMs };
    }
    this.#bytes = 0;
    this.#reportedMs = nowMs;
    return block;
  }

  #take(packet: RtpPacket, nowMs: number): void {
    const { codec, redPayloadType } = this.#codec;
    const redundant = packet.payloadType === redPayloadType && packet.payloadType !== this.#codec.payloadType;
    // Subscribers lose packets of their own: what this one repeats has to go on before it, to be repeated to them.
    const previous = redundant && this.#losses.lacks(packet.seq - 1) ? previousOf(packet) : undefined;
    if (previous) this.#take(previous, nowMs);
    if (this.#losses.arrived(packet.seq, nowMs) !== 'new') return;
    const { id } = headerExtensions.transportSequence;
    const payloadType = redundant ? RED_PAYLOAD_TYPE : codec.payloadType;
    const forwarded = toForwarded(packet, payloadType, this.#extensionIds, id);
    // Not yet seen by anybody else.
    if (redundant) renumberRed(forwarded.bytes, forwarded.payloadOffset, forwarded.payloadEnd, codec.payloadType);
    const layer = this.#layers?.read(forwarded);
    if (layer?.keyframe) this.#keyframes.arrived();
    if (!layer) this.receiver.audioLevel = readAudioLevel(forwarded.bytes, headerExtensions.audioLevel.id);
    this.receiver.emit('packet', forwarded, nowMs, layer);
  }
}

/** The client's numbers of the header extensions that go on, and ours. */
function forwardedIds({ extensions }: PublishedMedia): Map<number, number> {
  const ids = new Map<number, number>();
  for (const [id, name] of extensions) if (headerExtensions[name].forwarded) ids.set(id, headerExtensions[name].id);
  return ids;
}
