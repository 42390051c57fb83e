import { readU16 } from '@muon/wire/bytes.ts';
import { visitExtensions } from '@muon/wire/rtp/header-extension.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { concat, encodeReceiverReport, type RtcpPacket } from '@muon/wire/rtcp/packet.ts';
import { encodeTransportFeedback } from '@muon/wire/rtcp/transport-feedback.ts';
import { ArrivalLog } from '../forward/arrival-log.ts';
import { RoundTripClock } from '../forward/round-trip-clock.ts';
import type { PublishedMedia } from '../negotiation/answer.ts';
import type { HeaderExtension } from '../negotiation/header-extensions.ts';
import type { FeedbackTally } from './feedback-tally.ts';
import { IncomingStream } from './incoming-stream.ts';
import type { Receiver } from './receiver.ts';

/** More SSRCs than any client publishes; further ones are not taken. */
const MAX_STREAMS = 64;

const REPORT_INTERVAL_MS = 1000;

/** So many blocks fit into a receiver report. */
const MAX_REPORTS = 31;

/**
 * The node's own SSRC in feedback; it sends no stream by it. Not one that people choose by hand: a client that has it too
 * would take another (RFC 3550 section 8.2).
 */
const LOCAL_SSRC = 0x6d75_6f6e;

/** Where packets of an SSRC go. */
interface Route {
  readonly stream: IncomingStream;
  readonly repair: boolean;
}

/** So many SSRCs are recognised when they come again. */
const MAX_REMEMBERED = 256;

/** The extensions of one packet that say where it belongs. */
interface Hints {
  mid: string | undefined;
  rid: string | undefined;
  repairedRid: string | undefined;
  transportSequence: number | undefined;
}

export interface IncomingEvents {
  receiverStarted(receiver: Receiver): void;
  receiverEnded(receiver: Receiver): void;
}

/** All that a client publishes over one connection: finds the stream of each packet and tells the client how they came. */
export class IncomingStreams {
  readonly #events: IncomingEvents;
  readonly #tally: FeedbackTally;
  readonly #arrivals = new ArrivalLog();
  readonly #clock = new RoundTripClock(LOCAL_SSRC);
  readonly #streams = new Map<number, { readonly stream: IncomingStream; media: PublishedMedia }>();
  readonly #routes = new Map<number, Route>();
  /**
   * What each SSRC said of itself. Browsers stop saying it once they were told that a packet came, and go on in silence
   * after a pause.
   */
  readonly #remembered = new Map<number, Hints>();
  #media: readonly PublishedMedia[] = [];
  /** The numbering of a BUNDLE is one for all its media. */
  #extensions: ReadonlyMap<number, HeaderExtension> = new Map();
  #feedbackCount = 0;
  #latestSsrc = 0;
  #reportedMs = -Infinity;

  constructor(events: IncomingEvents, tally: FeedbackTally) {
    this.#events = events;
    this.#tally = tally;
  }

  /** What the client publishes from now on; streams of media that are gone, or became another track's, end. */
  negotiated(media: readonly PublishedMedia[]): void {
    this.#media = media;
    this.#extensions = new Map(media.flatMap(({ extensions }) => [...extensions]));
    for (const [ssrc, entry] of this.#streams) {
      const now = media.find(({ mid, msid }) => mid === entry.media.mid && msid.trackId === entry.media.msid.trackId);
      if (now) {
        entry.media = now;
        entry.stream.update(now);
      } else {
        this.#end(ssrc);
      }
    }
  }

  /** @throws ProtocolError when the bytes are not RTP. */
  rtpReceived(bytes: Uint8Array, nowMs: number): void {
    const packet = RtpPacket.parse(bytes);
    const hints = this.#readHints(packet);
    this.#latestSsrc = packet.ssrc;
    if (hints.transportSequence !== undefined) this.#arrivals.arrived(hints.transportSequence, nowMs);
    const route = this.#routes.get(packet.ssrc) ?? this.#identify(packet, hints, nowMs);
    if (!route) return;
    if (!route.repair && !route.stream.carries(packet.payloadType)) return this.#changeCodec(packet, hints, nowMs);
    if (route.repair) route.stream.repairArrived(packet, nowMs);
    else route.stream.packetArrived(packet, nowMs);
  }

  /** The client goes on with another of its codecs: for everybody else, this is another stream. */
  #changeCodec(packet: RtpPacket, hints: Hints, nowMs: number): void {
    const entry = this.#streams.get(packet.ssrc);
    const known = entry?.media.codecs.some(({ payloadType }) => payloadType === packet.payloadType);
    if (!entry || !known || !entry.stream.settled(nowMs)) return;
    const { rid } = entry.stream.receiver;
    this.#end(packet.ssrc);
    const said = { ...hints, mid: entry.media.mid, rid };
    this.#identify(packet, this.#remembered.get(packet.ssrc) ?? said, nowMs)?.stream.packetArrived(packet, nowMs);
  }

  rtcpReceived(packet: RtcpPacket, nowMs: number): void {
    if (packet.type === 'senderReport') this.#streams.get(packet.info.ssrc)?.stream.reported(packet.info, nowMs);
    if (packet.type !== 'roundTrips') return;
    for (const report of packet.reports) this.#clock.answered(report, nowMs);
  }

  /** The client is elsewhere, and what it sent meanwhile is lost: a keyframe is there sooner than all of that again. */
  pathChanged(): void {
    for (const { stream } of this.#streams.values())
      if (stream.receiver.kind === 'video') stream.receiver.requestKeyframe();
  }

  /** Compound packets to send to the client now. */
  poll(nowMs: number): Uint8Array[] {
    const packets = this.#arrivals
      .poll(nowMs)
      .map((arrivals) => encodeTransportFeedback(LOCAL_SSRC, this.#latestSsrc, this.#feedbackCount++ & 0xff, arrivals));
    for (const { stream } of this.#streams.values()) packets.push(...stream.poll(nowMs, LOCAL_SSRC, this.#tally));
    if (this.#streams.size > 0 && nowMs - this.#reportedMs >= REPORT_INTERVAL_MS) {
      this.#reportedMs = nowMs;
      packets.push(concat([this.#report(nowMs), this.#clock.ask(nowMs)]));
    }
    return packets;
  }

  /** Ends all streams. */
  close(): void {
    for (const ssrc of this.#streams.keys()) this.#end(ssrc);
  }

  #report(nowMs: number): Uint8Array {
    const blocks = Array.from(this.#streams.values(), ({ stream }) => stream.report(nowMs, this.#clock.rttMs));
    return encodeReceiverReport(LOCAL_SSRC, blocks.filter((block) => block !== undefined).slice(0, MAX_REPORTS));
  }

  #readHints(packet: RtpPacket): Hints {
    const { bytes } = packet;
    const hints: Hints = { mid: undefined, rid: undefined, repairedRid: undefined, transportSequence: undefined };
    visitExtensions(bytes, (id, offset, length) => {
      const name = this.#extensions.get(id);
      if (name === 'transportSequence' && length === 2) hints.transportSequence = readU16(bytes, offset);
      else if (name === 'mid' || name === 'rid' || name === 'repairedRid') {
        hints[name] = String.fromCharCode(...bytes.subarray(offset, offset + length));
      }
    });
    return hints;
  }

  /** Finds out what an SSRC is that was not seen before (RFC 8843 section 9.2). */
  #identify(packet: RtpPacket, hints: Hints, nowMs: number): Route | undefined {
    const { ssrc } = packet;
    for (const media of this.#media) {
      if (media.ssrcs.has(ssrc)) return this.#start(media, packet, undefined, nowMs);
      for (const [original, repair] of media.ssrcs)
        if (repair === ssrc) return this.#repair(this.#streams.get(original), ssrc);
    }
    const said = this.#remembered.get(ssrc) ?? hints;
    const route = this.#identifyByHints(packet, said, nowMs);
    if (route && this.#remembered.size < MAX_REMEMBERED) this.#remembered.set(ssrc, said);
    return route;
  }

  #identifyByHints(packet: RtpPacket, hints: Hints, nowMs: number): Route | undefined {
    const { ssrc } = packet;
    const media = this.#mediaOf(packet, hints);
    if (!media) return undefined;
    if (hints.repairedRid !== undefined) return this.#repair(this.#find(media, hints.repairedRid), ssrc);
    if (media.codecs.some(({ rtxPayloadType }) => rtxPayloadType === packet.payloadType)) {
      return media.rids.length === 0 ? this.#repair(this.#find(media, undefined), ssrc) : undefined;
    }
    const known = media.rids.length === 0 ? hints.rid === undefined : media.rids.includes(hints.rid ?? '');
    return known ? this.#start(media, packet, hints.rid, nowMs) : undefined;
  }

  /** By mid; else by the payload type, where only one medium has it. */
  #mediaOf({ payloadType }: RtpPacket, { mid }: Hints): PublishedMedia | undefined {
    if (mid !== undefined) return this.#media.find((media) => media.mid === mid);
    const candidates = this.#media.filter(({ codecs }) =>
      codecs.some(
        (codec) =>
          codec.payloadType === payloadType ||
          codec.rtxPayloadType === payloadType ||
          codec.redPayloadType === payloadType,
      ),
    );
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  #find(media: PublishedMedia, rid: string | undefined): { stream: IncomingStream } | undefined {
    for (const entry of this.#streams.values()) {
      if (entry.media.mid === media.mid && entry.stream.receiver.rid === rid) return entry;
    }
    return undefined;
  }

  #start(
    media: PublishedMedia,
    { ssrc, payloadType }: RtpPacket,
    rid: string | undefined,
    nowMs: number,
  ): Route | undefined {
    const codec = media.codecs.find(
      (negotiated) => negotiated.payloadType === payloadType || negotiated.redPayloadType === payloadType,
    );
    if (!codec || this.#streams.size >= MAX_STREAMS) return undefined;
    // A client that begins anew with another SSRC has left the old one.
    for (const [old, { stream, media: of }] of this.#streams) {
      const signalled = media.ssrcs.has(old) && media.ssrcs.has(ssrc);
      if (of.mid === media.mid && stream.receiver.rid === rid && !signalled) this.#end(old);
    }
    const stream = new IncomingStream(media, codec, { ssrc, rid, startedMs: nowMs });
    this.#streams.set(ssrc, { stream, media });
    const route = { stream, repair: false };
    this.#routes.set(ssrc, route);
    this.#events.receiverStarted(stream.receiver);
    return route;
  }

  #repair(entry: { readonly stream: IncomingStream } | undefined, ssrc: number): Route | undefined {
    if (!entry || this.#routes.size >= 2 * MAX_STREAMS) return undefined;
    const route = { stream: entry.stream, repair: true };
    this.#routes.set(ssrc, route);
    return route;
  }

  #end(ssrc: number): void {
    const entry = this.#streams.get(ssrc);
    if (!entry) return;
    this.#streams.delete(ssrc);
    for (const [id, route] of this.#routes) if (route.stream === entry.stream) this.#routes.delete(id);
    this.#events.receiverEnded(entry.stream.receiver);
  }
}
