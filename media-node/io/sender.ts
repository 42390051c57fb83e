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
import type { Encoding } from '../forward/encodings.ts';
import { LayeredStream } from '../forward/layered-stream.ts';
import { withFields } from '../forward/packet-edit.ts';
import { PacketHistory } from '../forward/packet-history.ts';
import { Repeats } from '../forward/repeats.ts';
import type { Layer, PacketLayer } from '../forward/packet-layer.ts';
import { StreamRewriter } from '../forward/stream-rewriter.ts';
import { RED_PAYLOAD_TYPE } from '../negotiation/codecs.ts';
import { headerExtensions } from '../negotiation/header-extensions.ts';
import type { OutgoingTransport } from './outgoing-transport.ts';
import type { AcceptedStream } from '../negotiation/offer.ts';
import type { RtpOutput, SessionId } from './packet-io.ts';
import type { Msid } from './receiver.ts';

/** For less than this, padding is as good as a packet that the client may miss. */
const MIN_REPEATED_BYTES = 300;

export interface SenderEvents {
  /**
   * The client cannot decode until a keyframe comes: it said so (PLI or FIR), it begins to receive, or another encoding
   * is to be sent. Of which encoding, where that is known.
   */
  keyframeWanted: [encoding: Encoding | undefined];
  /** Another layer is sent than before; undefined for none. */
  layerChanged: [layer: Layer | undefined];
  /** The client does not take the stream. */
  refused: [];
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
  /** Audio: one source after another, whole. */
  readonly #rewriter: StreamRewriter;
  /** Video: parts of its track. */
  readonly #layers: LayeredStream;
  #layerSwitches = 0;
  #takesRedundancy = false;
  readonly #rtxPayloadType: number;
  #history: PacketHistory | undefined;
  #rtxSeq = randomInt(0x8000);
  #active = false;
  #paused = false;
  #keyframeMs = -Infinity;
  #keyframeSpatial: number | undefined;
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
    const { mimeType, clockRate } = place.codec;
    this.#rewriter = new StreamRewriter(clockRate, start);
    this.#layers = new LayeredStream({ mimeType, clockRate, start, edit: this.output.edit });
  }

  /** Whether the client takes the stream now. */
  get active(): boolean {
    return this.#active;
  }

  /** Whether the client takes packets of audio with copies of earlier ones in them. */
  get takesRedundancy(): boolean {
    return this.#takesRedundancy;
  }

  /** The client takes the stream, on this session, with what it said it reads of it. */
  start(session: SessionId, { rtx, red, descriptors }: Pick<AcceptedStream, 'rtx' | 'red' | 'descriptors'>): void {
    this.output.session = session;
    this.#layers.readsDescriptors = descriptors;
    this.#takesRedundancy = red;
    this.#history ??= rtx && this.rtxSsrc !== undefined ? new PacketHistory() : undefined;
    if (this.#active) return;
    this.#active = true;
    this.wantKeyframe();
  }

  stop(): void {
    this.#active = false;
  }

  /** The packets of another track follow, on a clock of their own. */
  changeTrack(): void {
    this.#layers.changeTrack();
  }

  /** No packets come for a while: the next one follows the last, so that the client misses none. */
  interrupt(): void {
    // A keyframe comes next, for which nothing before is needed: what waits would only hold it up.
    if (this.kind === 'video') {
      this.#history?.clear();
      this.transport.drop(this.ssrc);
      if (this.rtxSsrc !== undefined) this.transport.drop(this.rtxSsrc);
    }
    this.#rewriter.interrupt();
    this.#layers.selector.reset();
  }

  /**
   * What is to be sent of the track at most, and at best; undefined for nothing, which leaves no gap. All of it when this
   * was never called.
   */
  setTarget(layer: Layer | undefined, nowMs: number): void {
    const { selector } = this.#layers;
    selector.setTarget(layer);
    this.#paused = layer === undefined;
    if (layer) {
      // At once: its encoder may be about to begin the next frame.
      if (this.#active && selector.asks(nowMs)) this.emit('keyframeWanted', selector.lacking);
    } else {
      this.#rewriter.interrupt();
      this.#tellLayer();
    }
  }

  get target(): Layer | undefined {
    return this.#layers.selector.target;
  }

  /** The layer of a video that is sent now; undefined while nothing is. */
  get current(): Layer | undefined {
    return this.#layers.selector.current;
  }

  /** Whether what is sent goes on only until another encoding has its keyframe. */
  get leaves(): boolean {
    return this.#layers.selector.leaves;
  }

  /** When a keyframe was last sent; -Infinity for never. */
  get keyframeMs(): number {
    return this.#keyframeMs;
  }

  /** The client, or what it is to be sent, needs a keyframe. */
  wantKeyframe(): void {
    const { encoding, lacking } = this.#layers.selector;
    if (this.kind === 'video' && !this.#paused) this.emit('keyframeWanted', encoding ?? lacking);
  }

  /** Packets of it were left out, which nobody needs any more once a keyframe has come. */
  leftOut(nowMs: number): void {
    this.#history?.forget(nowMs);
    this.wantKeyframe();
  }

  /**
   * Puts a packet into the stream and sets {@link output}; false when it is not to be sent. `layer` is what the packet
   * says of its frame; without it, all packets are sent.
   */
  prepare(packet: RtpPacket, layer: PacketLayer | undefined, nowMs: number): boolean {
    if (!this.#active || this.#paused) return false;
    const { output } = this;
    if (layer) {
      const taken = this.#layers.take(packet, layer, nowMs);
      const { selector } = this.#layers;
      if (selector.asks(nowMs)) this.emit('keyframeWanted', selector.lacking);
      if (selector.switches !== this.#layerSwitches) this.#tellLayer();
      if (!taken) return false;
      if (layer.keyframe && layer.startsFrame) this.#beginAnew(nowMs);
      output.seq = this.#layers.seq;
      output.timestamp = this.#layers.timestamp;
      output.marker = this.#layers.marker;
    } else if (packet.payloadEnd === packet.payloadOffset) {
      // Padding alone, by which a client probes its own way to the node.
      this.#rewriter.leaveOut(packet, false);
      return false;
    } else {
      if (!this.#rewriter.rewrite(packet, nowMs)) return false;
      output.seq = this.#rewriter.seq;
      output.timestamp = this.#rewriter.timestamp;
      output.marker = packet.marker;
      output.payloadType = packet.payloadType === RED_PAYLOAD_TYPE ? RED_PAYLOAD_TYPE : this.codec.payloadType;
    }
    this.#packets++;
    this.#payloadBytes += packet.payloadEnd - packet.payloadOffset;
    this.#history?.add(packet, output, nowMs);
    return true;
  }

  /** The packets to send again of those that the client misses (RFC 4588). */
  retransmissions(seqs: readonly number[], nowMs: number): Uint8Array[] {
    const ssrc = this.rtxSsrc;
    if (!this.#history || ssrc === undefined) return [];
    const packets: Uint8Array[] = [];
    for (const originalSeq of seqs) {
      const sent = this.#history.take(originalSeq, nowMs, this.transport.rttMs);
      if (!sent) continue;
      this.#rtxSeq = (this.#rtxSeq + 1) & 0xffff;
      const header = { payloadType: this.#rtxPayloadType, ssrc, seq: this.#rtxSeq, timestamp: sent.timestamp };
      const { ssrc: sourceSsrc, seq, timestamp } = sent.packet;
      const { marker, edit } = sent;
      const packet = withFields(sent.packet, { ssrc: sourceSsrc, seq, timestamp, marker, edit });
      packets.push(wrapRtx(packet, originalSeq, header));
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

  /** The report of a source, or of one of its encodings, as this stream's; undefined when another one is sent now. */
  report(source: SenderReportInfo, encoding: Encoding | undefined): Uint8Array | undefined {
    if (!this.#active || this.#paused) return undefined;
    const info = encoding ? this.#layers.report(encoding, source, this.ssrc) : this.#rewriter.report(source, this.ssrc);
    const sent = { packets: this.#packets, payloadBytes: this.#payloadBytes };
    return info && encodeSenderReport(info, sent, this.cname);
  }

  /** A keyframe goes out. */
  #beginAnew(nowMs: number): void {
    this.#keyframeMs = nowMs;
    const spatial = this.current?.spatial;
    if (spatial === this.#keyframeSpatial) return;
    this.#keyframeSpatial = spatial;
    // What waits or is missing of another layer is not worth its bytes any more.
    this.transport.overtake(this.ssrc, nowMs);
    this.#history?.forget(nowMs);
  }

  #tellLayer(): void {
    this.#layerSwitches = this.#layers.selector.switches;
    this.emit('layerChanged', this.current);
  }
}
