import { randomBytes, randomInt } from 'node:crypto';
import type { MediaKind } from '@muon/contract/participant.ts';
import type { RtcpPacket } from '@muon/wire/rtcp/packet.ts';
import { readPlayed, type AnsweredStream, type PublishedMedia } from '../negotiation/answer.ts';
import { findCodec } from '../negotiation/codecs.ts';
import { NegotiationError } from '../negotiation/negotiation-error.ts';
import type { AcceptedMedia, AcceptedStream, OfferedMedia } from '../negotiation/offer.ts';
import type { FeedbackTally } from './feedback-tally.ts';
import { OutgoingTransport } from './outgoing-transport.ts';
import type { PacketIo, SessionId } from './packet-io.ts';
import { isReliable, type RemoteAddress } from './remote-address.ts';
import { Sender, type SenderOptions } from './sender.ts';

/** Packets kept of streams whose retransmissions are not a stream of their own: more than a second of audio. */
const KEPT_PACKETS = 64;

/** A keyframe takes so long to arrive on a slow path: who asks for another meanwhile makes the path slower. */
const KEYFRAME_GRACE_MS = 400;

/** A place in our offers. Once its refusal is agreed on, it is free for another stream. */
interface Place {
  readonly kind: Sender['kind'];
  mid: string;
  sender: Sender | undefined;
  free: boolean;
}

/** All that a client is sent over one connection: where each stream stands in the offers, and what the client says of it. */
export class OutgoingStreams {
  readonly transport: OutgoingTransport;
  readonly #io: PacketIo;
  readonly #tally: FeedbackTally;
  readonly #places: Place[] = [];
  readonly #senders = new Map<number, Sender>();
  /** Which of the senders the client takes, and how. */
  readonly #accepted = new Map<Sender, AcceptedStream>();
  /** Of those that were told it; each offer has them again. */
  readonly #refused = new WeakSet<Sender>();
  /** The number of the last full intra request for each; repetitions of it ask for nothing new (RFC 5104 section 4.3.1). */
  readonly #firs = new Map<number, number>();
  /** Where the client's own offer has room for a stream. */
  readonly #played = new Map<
    MediaKind,
    { readonly stream: AnsweredStream & { readonly mid: string }; readonly medium: PublishedMedia }
  >();
  readonly #cname = randomBytes(9).toString('base64url');
  #offered: readonly { readonly place: Place; readonly media: OfferedMedia }[] = [];
  #nextMid = 0;
  #session: SessionId | undefined;

  constructor(io: PacketIo, tally: FeedbackTally) {
    this.#io = io;
    this.#tally = tally;
    this.transport = new OutgoingTransport(io, (sizeBytes, nowMs) => this.#makePadding(sizeBytes, nowMs));
    this.transport.onLeftOut = (nowMs) => this.#leftOut(nowMs);
  }

  /**
   * The client is reached at another address. What was sent to the old one is lost, often too much for repeats: without a
   * keyframe it would wait for three seconds before it asks for one.
   */
  pathChanged(to: RemoteAddress): void {
    this.transport.pathChanged(isReliable(to));
    for (const sender of this.#senders.values()) sender.wantKeyframe();
  }

  /** @throws NegotiationError when nodes do not forward its codec. */
  add(options: SenderOptions): Sender {
    const known = findCodec(options.codec);
    if (known?.kind !== options.kind) throw new NegotiationError(`${options.codec.mimeType} is not forwarded`);
    const mid = `${options.kind[0]}${this.#nextMid++}`;
    const { payloadType, rtxPayloadType } = known;
    const sender = new Sender(options, {
      mid,
      ssrc: this.#newSsrc(),
      cname: this.#cname,
      transport: this.transport,
      codec: { ...options.codec, payloadType },
      rtx: rtxPayloadType === undefined ? undefined : { ssrc: this.#newSsrc(), payloadType: rtxPayloadType },
    });
    this.#keep(sender);
    const free = this.#places.find((place) => place.free && place.kind === options.kind);
    if (free) Object.assign(free, { mid, sender, free: false });
    else this.#places.push({ kind: options.kind, mid, sender, free: false });
    return sender;
  }

  remove(sender: Sender): void {
    sender.stop();
    this.#accepted.delete(sender);
    this.#senders.delete(sender.ssrc);
    const place = this.#places.find((other) => other.sender === sender);
    if (place) place.sender = undefined;
    this.#firs.delete(sender.ssrc);
    this.transport.drop(sender.ssrc);
    if (this.#session === undefined) return;
    this.#io.endStream(this.#session, sender.ssrc);
    if (sender.rtxSsrc !== undefined) this.#io.endStream(this.#session, sender.rtxSsrc);
  }

  /**
   * Makes a place for a stream in a medium of the client's own offer; {@link play} fills it. There is one of each kind:
   * undefined for a further one.
   */
  agree(medium: PublishedMedia): AnsweredStream | undefined {
    const { kind, mid } = medium;
    if (this.#played.has(kind)) return undefined;
    const accepted = readPlayed(medium);
    const stream = {
      mid,
      ssrc: this.#newSsrc(),
      rtxSsrc: accepted.rtx ? this.#newSsrc() : undefined,
      cname: this.#cname,
      msid: { streamId: 'muon', trackId: kind },
    };
    this.#played.set(kind, { stream, medium });
    if (accepted.transportFeedback) this.transport.expectFeedback();
    return stream;
  }

  /** Sends a stream in the place that the client made for its kind; undefined when it has none, or not in this codec. */
  play({ kind, codec }: Pick<SenderOptions, 'kind' | 'codec'>): Sender | undefined {
    const place = this.#played.get(kind);
    const known = findCodec(codec);
    const taken = place?.medium.codecs.find((other) => findCodec(other.codec) === known);
    if (!place || !taken) return undefined;
    const { mid, ssrc, rtxSsrc, msid, cname } = place.stream;
    const rtx =
      rtxSsrc === undefined || taken.rtxPayloadType === undefined
        ? undefined
        : { ssrc: rtxSsrc, payloadType: taken.rtxPayloadType };
    const sender = new Sender(
      { kind, codec, msid },
      { mid, ssrc, cname, transport: this.transport, codec: { ...codec, payloadType: taken.payloadType }, rtx },
    );
    this.#keep(sender);
    this.#accepted.set(sender, { accepted: true, ...readPlayed(place.medium) });
    this.#start();
    return sender;
  }

  /** What to offer now; {@link accept} is for the answer to it. */
  offer(): OfferedMedia[] {
    this.#offered = this.#places.map((place) => {
      const { mid, kind, sender } = place;
      return { place, media: { mid, kind, stream: sender } };
    });
    return this.offered;
  }

  /** What was offered last. */
  get offered(): OfferedMedia[] {
    return this.#offered.map(({ media }) => media);
  }

  /** The client has answered; a place that has got another stream in between waits for the next answer. */
  accept({ streams }: AcceptedMedia): void {
    this.#offered.forEach(({ place, media }, index) => {
      const answered = streams[index]!;
      const { sender } = place;
      if (media.stream === undefined) place.free = sender === undefined;
      else if (sender !== media.stream) return;
      else if (answered.accepted) this.#accepted.set(sender, answered);
      else this.#refuse(sender);
    });
    if (streams.some(({ transportFeedback }) => transportFeedback)) this.transport.expectFeedback();
    this.#start();
  }

  /** The connection is up, and reaches the client there, as far as that is known. */
  connected(session: SessionId, to: RemoteAddress | undefined): void {
    this.#session = session;
    this.transport.start(session, to && isReliable(to));
    this.#start();
  }

  /** Acts on what the client says of the streams. */
  feedback(packet: RtcpPacket, nowMs: number): void {
    switch (packet.type) {
      case 'nack':
      case 'pli':
      case 'fir':
        this.#requested(packet, nowMs);
        break;
      case 'transportFeedback':
        this.#tally.transportFeedback++;
        this.transport.feedback(packet.feedback, nowMs);
        break;
      case 'remb':
        this.transport.limited(packet.bitrateBps);
        break;
      case 'senderReport':
      case 'receiverReport':
        for (const block of packet.reports) if (this.#senders.has(block.ssrc)) this.transport.reported(block, nowMs);
        break;
      default:
    }
  }

  /** How many videos are not sent now, for want of bandwidth or since the client does not want them. */
  get pausedVideos(): number {
    let paused = 0;
    for (const { kind, active, target } of this.#senders.values())
      if (kind === 'video' && active && target === undefined) paused++;
    return paused;
  }

  /** Sends what waits. */
  poll(nowMs: number): void {
    this.transport.poll(nowMs);
  }

  /** Sends packets of a stream that has no other for its retransmissions again as they were. */
  #resend(session: SessionId, sender: Sender, seqs: readonly number[], nowMs: number): void {
    const { rttMs } = this.transport;
    for (const seq of seqs) {
      if (!sender.repeats.take(seq, nowMs, rttMs)) continue;
      this.#tally.packetsRepeated++;
      this.#io.resend(session, sender.ssrc, seq);
    }
  }

  /** What waited of videos was left out: nothing of them can be decoded but from a keyframe on. */
  #leftOut(nowMs: number): void {
    for (const sender of this.#senders.values()) if (sender.kind === 'video') sender.leftOut(nowMs);
  }

  close(): void {
    for (const sender of this.#senders.values()) sender.stop();
    this.#senders.clear();
    this.#accepted.clear();
  }

  #requested(packet: Extract<RtcpPacket, { type: 'nack' | 'pli' | 'fir' }>, nowMs: number): void {
    const sender = this.#senders.get(packet.ssrc);
    if (!sender?.active || this.#session === undefined) return;
    if (packet.type === 'fir' && this.#firs.get(packet.ssrc) === packet.number) return;
    if (packet.type === 'fir') this.#firs.set(packet.ssrc, packet.number);
    if (packet.type !== 'nack') {
      this.#tally.keyframesAskedFor++;
      return this.#askForKeyframe(sender, nowMs);
    }
    this.#tally.packetsAskedFor += packet.seqs.length;
    if (sender.rtxSsrc === undefined) return this.#resend(this.#session, sender, packet.seqs, nowMs);
    const repeated = sender.retransmissions(packet.seqs, nowMs);
    this.#tally.packetsRepeated += repeated.length;
    for (const bytes of repeated) this.transport.repair(bytes, nowMs);
  }

  /** Unless one is on its way, or its repair is. */
  #askForKeyframe(sender: Sender, nowMs: number): void {
    const graceMs = 2 * (this.transport.rttMs ?? 0) + this.transport.waitMs(nowMs) + KEYFRAME_GRACE_MS;
    if (nowMs - sender.keyframeMs >= graceMs) sender.wantKeyframe();
  }

  /** Of any stream that has retransmissions: what they bring twice, clients leave out. */
  #makePadding(sizeBytes: number, nowMs: number): Uint8Array | undefined {
    for (const sender of this.#accepted.keys()) {
      const padding = sender.padding(sizeBytes, nowMs);
      if (padding) return padding;
    }
    return undefined;
  }

  #start(): void {
    if (this.#session === undefined) return;
    for (const [sender, accepted] of this.#accepted) {
      if (sender.rtxSsrc === undefined) this.#io.keepSent(this.#session, sender.ssrc, KEPT_PACKETS);
      sender.start(this.#session, accepted);
    }
  }

  #refuse(sender: Sender): void {
    this.#accepted.delete(sender);
    sender.stop();
    if (this.#refused.has(sender)) return;
    this.#refused.add(sender);
    sender.emit('refused');
  }

  #keep(sender: Sender): void {
    this.#senders.set(sender.ssrc, sender);
    sender.on('layerChanged', (layer) => {
      if (layer) this.#tally.layerSwitches++;
    });
  }

  #newSsrc(): number {
    for (;;) {
      const ssrc = randomInt(2, 2 ** 32);
      if (!this.#senders.has(ssrc)) return ssrc;
    }
  }
}
