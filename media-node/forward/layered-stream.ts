import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { Encoding } from './encodings.ts';
import { FrameNumberRewriter } from './frame-number-rewriter.ts';
import { payloadNumbers } from './layer-reader.ts';
import { LayerSelector } from './layer-selector.ts';
import type { PacketEdit } from './packet-edit.ts';
import type { PacketLayer } from './packet-layer.ts';
import { PictureRewriter } from './picture-rewriter.ts';
import { StreamRewriter, type StreamStart } from './stream-rewriter.ts';

export interface LayeredStreamOptions {
  readonly mimeType: string;
  readonly clockRate: number;
  /** Where it begins; as its source does when absent. */
  readonly start?: StreamStart;
  /** Where {@link LayeredStream.take} sets the numbers that are the packet's own. */
  readonly edit?: PacketEdit;
}

/** What one subscriber is sent of a video track: one continuous stream, whichever layers it is made of. */
export class LayeredStream {
  readonly selector = new LayerSelector();
  /** What is its own in the last packet that {@link take} took. */
  readonly edit: PacketEdit;
  marker = false;
  /** Whether whoever gets it reads dependency descriptors, and so needs no other numbers of pictures. */
  readsDescriptors = false;
  readonly #mimeType: string;
  readonly #rewriter: StreamRewriter;
  readonly #pictures: PictureRewriter;
  readonly #frames = new FrameNumberRewriter();
  /** Of the last packet. */
  #encoding: Encoding | undefined;

  constructor({ mimeType, clockRate, start, edit }: LayeredStreamOptions) {
    this.edit = edit ?? { offset: 0, length: 0, value: 0 };
    this.#mimeType = mimeType.toLowerCase();
    this.#rewriter = new StreamRewriter(clockRate, start);
    this.#pictures = new PictureRewriter(this.#mimeType === 'video/vp8');
  }

  get seq(): number {
    return this.#rewriter.seq;
  }

  get timestamp(): number {
    return this.#rewriter.timestamp;
  }

  /** What follows is of another track, whose clock tells nothing of the one before. */
  changeTrack(): void {
    this.selector.changeTrack();
    this.#encoding = undefined;
  }

  /** Takes a packet into the stream and sets its fields; false when it is not to be sent. */
  take(packet: RtpPacket, layer: PacketLayer, nowMs: number): boolean {
    if (layer.late) {
      return layer.encoding === this.selector.encoding && this.#rewrite(packet, layer, nowMs, false);
    }
    switch (this.selector.choose(layer)) {
      case 'foreign':
        return false;
      case 'left-out':
        this.#leaveOut(packet, layer);
        return false;
      case 'begins':
        this.#begin(packet, layer, nowMs);
        return this.#rewrite(packet, layer, nowMs, false);
      default:
        return this.#rewrite(packet, layer, nowMs, this.selector.missingToo);
    }
  }

  /** A report of an encoding on the clock of this stream; undefined when another one is sent now. */
  report(encoding: Encoding, report: SenderReportInfo, ssrc: number): SenderReportInfo | undefined {
    if (encoding !== this.#encoding || encoding !== this.selector.encoding) return undefined;
    return this.#rewriter.report(report, ssrc);
  }

  #begin(packet: RtpPacket, layer: PacketLayer, nowMs: number): void {
    const encoding = layer.encoding!;
    this.#rewriter.begin(packet, nowMs, this.#encoding && encoding.clockAhead(this.#encoding));
    this.#encoding = encoding;
    if (layer.frameNumberAt > 0) this.#frames.begin(layer.frameNumber);
    const numbers = this.#numbersOf(packet, layer);
    if (numbers) this.#pictures.begin(numbers);
  }

  #leaveOut(packet: RtpPacket, layer: PacketLayer): void {
    this.#rewriter.leaveOut(packet, this.selector.missingToo);
    const numbers = layer.present === 0 ? undefined : this.#numbersOf(packet, layer);
    if (numbers) this.#pictures.leaveOut(numbers);
  }

  #rewrite(packet: RtpPacket, layer: PacketLayer, nowMs: number, missingToo: boolean): boolean {
    if (!this.#rewriter.rewrite(packet, nowMs, missingToo)) return false;
    const numbers = this.#numbersOf(packet, layer);
    this.edit.length = 0;
    if (numbers) {
      if (!this.#pictures.rewrite(numbers, packet.payloadOffset, this.edit)) return false;
    } else if (layer.frameNumberAt > 0) {
      this.#frames.rewrite(layer.frameNumber, layer.frameNumberAt, this.edit);
    }
    this.marker = packet.marker || this.selector.endsPicture(layer);
    return true;
  }

  /** The numbers to rewrite in the payload; none for whoever goes by the dependency descriptor. */
  #numbersOf(packet: RtpPacket, layer: PacketLayer): PacketLayer['numbers'] {
    if (layer.frameNumberAt === 0) return layer.numbers;
    if (this.readsDescriptors) return undefined;
    if (!layer.numbersRead) {
      layer.numbersRead = true;
      layer.numbers = payloadNumbers(this.#mimeType, packet.payload);
    }
    return layer.numbers;
  }
}
