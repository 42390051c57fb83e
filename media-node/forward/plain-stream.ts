import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { Encoding } from './encodings.ts';
import { LayeredStream } from './layered-stream.ts';
import { withFields } from './packet-edit.ts';
import type { PacketLayer } from './packet-layer.ts';

/** A video track as one stream of plain packets, for whoever takes it by another way than SRTP. */
export class PlainStream {
  readonly #layers: LayeredStream;
  /** Of the first source: the stream keeps it, and its numbers as long as nothing is left out. */
  #ssrc: number | undefined;

  constructor(codec: { readonly mimeType: string; readonly clockRate: number }) {
    this.#layers = new LayeredStream(codec);
    this.#layers.selector.substitutes = true;
  }

  get selector(): LayeredStream['selector'] {
    return this.#layers.selector;
  }

  /** The encoding that is sent. */
  get encoding(): Encoding | undefined {
    return this.#layers.selector.encoding;
  }

  /** The packet as it is in this stream; undefined when it is not part of it. */
  take(packet: RtpPacket, layer: PacketLayer, nowMs: number): RtpPacket | undefined {
    if (!this.#layers.take(packet, layer, nowMs)) return undefined;
    this.#ssrc ??= packet.ssrc;
    const { seq, timestamp, marker, edit } = this.#layers;
    return withFields(packet, { ssrc: this.#ssrc, seq, timestamp, marker, edit });
  }

  /** An encoding's report as this stream's; undefined when another one is sent now. */
  report(encoding: Encoding, report: SenderReportInfo): SenderReportInfo | undefined {
    return this.#layers.report(encoding, report, this.#ssrc ?? report.ssrc);
  }
}
