import { randomBytes } from 'node:crypto';
import { toId } from '@muon/contract/id.ts';
import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind, Track as Description, TrackSource } from '@muon/contract/participant.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import { withoutRedundancy } from '@muon/wire/rtp/red.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { Encodings, type Encoding, type LayerInfo } from './forward/encodings.ts';
import { LayerMeter } from './forward/layer-meter.ts';
import { highestLayer } from './forward/layer-selector.ts';
import { PacketLayer, type Layer } from './forward/packet-layer.ts';
import { PlainStream } from './forward/plain-stream.ts';
import { SteadyRates } from './forward/steady-rates.ts';
import type { MediaPort } from './io/media-port.ts';
import { RED_PAYLOAD_TYPE } from './negotiation/codecs.ts';
import type { Sender } from './io/sender.ts';

/** What carries a track's packets to the WebRTC subscribers. */
export type Forwarder = Pick<MediaPort, 'forward' | 'forwardSenderReport'>;

/** Takes a track's packets to somewhere else than WebRTC: one stream, whichever encodings it is made of. */
export interface TrackSink {
  packet(packet: RtpPacket): void;
  senderReport(report: SenderReportInfo): void;
}

/** All subscribers ask, and what is true of a second does not change sooner. */
const LAYERS_KEPT_MS = 50;

/** All audio is one layer. */
const audioLayer = new PacketLayer([{ spatial: 0, temporal: 0 }]);

export interface TrackOptions {
  readonly kind: MediaKind;
  readonly source: TrackSource;
  readonly name?: string;
  readonly muted?: boolean;
  /** With the payload type that its packets have. */
  readonly codec: Codec;
  /** Under which subscribers see tracks of one stream together. */
  readonly streamId: string;
  readonly forwarder: Forwarder;
  /** Asks whoever sends the track, for one of its encodings or for all; may be called often. */
  readonly requestKeyframe: (encoding: Encoding | undefined) => void;
}

/** One audio or video source of a participant, and everybody who gets its packets. */
export class Track {
  readonly id = toId('track', randomBytes(16));
  /** Of the publisher. */
  readonly identity: string;
  readonly kind: MediaKind;
  readonly source: TrackSource;
  readonly codec: Codec;
  readonly streamId: string;
  readonly name: string | undefined;
  /** By the publisher. */
  muted: boolean;
  #mutedByModerator = false;
  readonly #forwarder: Forwarder;
  readonly #requestKeyframe: TrackOptions['requestKeyframe'];
  readonly #encodings = new Encodings();
  readonly #audioMeter = new LayerMeter();
  // Replaced, never changed: a packet that is on its way goes to those who were there when it came.
  #senders: readonly Sender[] = [];
  #sinks: readonly { readonly sink: TrackSink; readonly stream: PlainStream }[] = [];
  #report: SenderReportInfo | undefined;
  readonly #rates = new SteadyRates();
  #layers: readonly LayerInfo[] = [];
  #layersMs = -Infinity;

  /** How loud the latest packet of audio is, from 0, the loudest, to 127, silence; undefined when it is not told. */
  audioLevel: number | undefined;
  /** When that packet came, on the clock of `performance.now()`. */
  audioLevelMs = -Infinity;

  constructor(identity: string, options: TrackOptions) {
    this.identity = identity;
    this.kind = options.kind;
    this.source = options.source;
    this.muted = options.muted ?? false;
    this.codec = options.codec;
    this.streamId = options.streamId;
    this.name = options.name;
    this.#forwarder = options.forwarder;
    this.#requestKeyframe = options.requestKeyframe;
  }

  describe(): Description {
    const { id, kind, source, name, muted, mutedByModerator, codec, streamId } = this;
    return {
      id,
      kind,
      source,
      ...(name === undefined ? {} : { name }),
      muted: muted || mutedByModerator,
      ...(mutedByModerator ? { mutedByModerator } : {}),
      mimeType: codec.mimeType,
      msid: `${streamId} ${id}`,
    };
  }

  /** Whether a moderator muted it: then nothing of it is forwarded, whatever its publisher says. */
  get mutedByModerator(): boolean {
    return this.#mutedByModerator;
  }

  set mutedByModerator(muted: boolean) {
    this.#mutedByModerator = muted;
    if (muted) this.#interrupt();
    else this.requestKeyframe();
  }

  /** One more RTP stream of the track: the only one of its video, or one of its simulcast; the higher the rank, the better. */
  addEncoding(rank: number): Encoding {
    return this.#encodings.add(rank, this.codec.clockRate);
  }

  removeEncoding(encoding: Encoding): void {
    this.#encodings.remove(encoding);
  }

  /** What a subscriber can be sent of it, as it flows now, lowest first. */
  layers(): readonly LayerInfo[] {
    const nowMs = performance.now();
    if (nowMs - this.#layersMs > LAYERS_KEPT_MS) {
      this.#layersMs = nowMs;
      const measured = this.kind === 'audio' ? this.#audioMeter.rates(nowMs) : this.#encodings.layers(nowMs);
      this.#layers = this.#rates.smooth(measured, nowMs);
    }
    return this.#layers;
  }

  /** The encoding that suits a target best. */
  #best(target: Layer | undefined): Encoding | undefined {
    return this.#encodings.best((target ?? highestLayer).spatial) ?? this.#encodings.lowest;
  }

  /**
   * Brings a packet to all subscribers, or of video to those whom it suits: `layer` says what it is part of, and is
   * marked with its encoding.
   */
  deliver(packet: RtpPacket, arrivalMs: number, layer?: PacketLayer): void {
    if (this.#mutedByModerator) return;
    const { length } = packet.bytes;
    if (layer?.encoding) this.#encodings.arrived(layer.encoding, layer, length, arrivalMs);
    else this.#audioMeter.add(audioLayer, length, arrivalMs);
    if (this.#senders.length > 0) this.#forwarder.forward(packet, this.#senders, arrivalMs, layer);
    if (this.#sinks.length === 0) return;
    const plain = packet.payloadType === RED_PAYLOAD_TYPE ? withoutRedundancy(packet) : packet;
    for (const { sink, stream } of this.#sinks) {
      const before = stream.encoding;
      const own = layer ? stream.take(packet, layer, arrivalMs) : plain;
      if (stream.encoding !== before) this.#tellClock(sink, stream);
      if (own) sink.packet(own);
      if (layer && stream.selector.asks(arrivalMs)) this.requestKeyframe(stream.selector.lacking);
    }
  }

  #interrupt(): void {
    for (const sender of this.#senders) sender.interrupt();
    for (const { stream } of this.#sinks) stream.selector.reset();
  }

  /** An encoding begins: what is known of its clock. */
  #tellClock(sink: TrackSink, stream: PlainStream): void {
    const { encoding } = stream;
    const report = encoding?.report && stream.report(encoding, encoding.report);
    if (report) sink.senderReport(report);
  }

  /** Brings the clock of the source, or of one of its encodings, to all subscribers. */
  deliverReport(report: SenderReportInfo, encoding?: Encoding): void {
    this.#report = report;
    encoding?.reported(report);
    this.#forwarder.forwardSenderReport(report, this.#senders, encoding);
    for (const { sink, stream } of this.#sinks) {
      const own = encoding ? stream.report(encoding, report) : report;
      if (own) sink.senderReport(own);
    }
  }

  addSender(sender: Sender): void {
    if (this.#senders.includes(sender)) return;
    this.#senders = [...this.#senders, sender];
    this.requestKeyframe(this.#best(sender.target));
  }

  removeSender(sender: Sender): void {
    sender.interrupt();
    this.#senders = this.#senders.filter((other) => other !== sender);
  }

  /** Brings the best of the track to the sink, or at most the limit. */
  addSink(sink: TrackSink, limit: Layer = highestLayer): void {
    const stream = new PlainStream(this.codec);
    stream.selector.setTarget(limit);
    this.#sinks = [...this.#sinks, { sink, stream }];
    if (this.#report && this.kind === 'audio') sink.senderReport(this.#report);
    this.requestKeyframe(this.#best(limit));
  }

  /** Another limit of a sink that is there. */
  limitSink(sink: TrackSink, limit: Layer): void {
    this.#sinks.find((entry) => entry.sink === sink)?.stream.selector.setTarget(limit);
  }

  removeSink(sink: TrackSink): void {
    this.#sinks = this.#sinks.filter((entry) => entry.sink !== sink);
  }

  /** Asks for a keyframe of an encoding, or of all. */
  requestKeyframe(encoding?: Encoding): void {
    if (this.kind === 'video') this.#requestKeyframe(encoding);
  }

  /** Its packets go nowhere any more. */
  close(): void {
    this.#senders = [];
    this.#sinks = [];
  }
}
