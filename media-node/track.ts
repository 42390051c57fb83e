import { randomBytes } from 'node:crypto';
import { toId } from '@muon/contract/id.ts';
import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind, Track as Description, TrackSource } from '@muon/contract/participant.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { MediaPort } from './io/media-port.ts';
import type { Sender } from './io/sender.ts';

/** What carries a track's packets to the WebRTC subscribers. */
export type Forwarder = Pick<MediaPort, 'forward' | 'forwardSenderReport'>;

/** Takes a track's packets to somewhere else than WebRTC. */
export interface TrackSink {
  packet(packet: RtpPacket): void;
  senderReport(report: SenderReportInfo): void;
}

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
  /** Asks whoever sends the track; may be called often. */
  readonly requestKeyframe: () => void;
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
  readonly #requestKeyframe: () => void;
  // Replaced, never changed: a packet that is on its way goes to those who were there when it came.
  #senders: readonly Sender[] = [];
  #sinks: readonly TrackSink[] = [];
  #report: SenderReportInfo | undefined;

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
    if (muted) for (const sender of this.#senders) sender.interrupt();
    else this.requestKeyframe();
  }

  /** Brings a packet to all subscribers. */
  deliver(packet: RtpPacket, arrivalMs: number): void {
    if (this.#mutedByModerator) return;
    if (this.#senders.length > 0) this.#forwarder.forward(packet, this.#senders, arrivalMs);
    for (const sink of this.#sinks) sink.packet(packet);
  }

  /** Brings the clock of the source to all subscribers. */
  deliverReport(report: SenderReportInfo): void {
    this.#report = report;
    this.#forwarder.forwardSenderReport(report, this.#senders);
    for (const sink of this.#sinks) sink.senderReport(report);
  }

  addSender(sender: Sender): void {
    if (this.#senders.includes(sender)) return;
    this.#senders = [...this.#senders, sender];
    this.requestKeyframe();
  }

  removeSender(sender: Sender): void {
    sender.interrupt();
    this.#senders = this.#senders.filter((other) => other !== sender);
  }

  addSink(sink: TrackSink): void {
    this.#sinks = [...this.#sinks, sink];
    if (this.#report) sink.senderReport(this.#report);
    this.requestKeyframe();
  }

  removeSink(sink: TrackSink): void {
    this.#sinks = this.#sinks.filter((other) => other !== sink);
  }

  requestKeyframe(): void {
    if (this.kind === 'video') this.#requestKeyframe();
  }

  /** Its packets go nowhere any more. */
  close(): void {
    this.#senders = [];
    this.#sinks = [];
  }
}
