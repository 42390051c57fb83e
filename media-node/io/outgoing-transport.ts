import { randomInt } from 'node:crypto';
import type { MediaKind } from '@muon/contract/participant.ts';
import { readU32, writeU16 } from '@muon/wire/bytes.ts';
import type { ReportBlock } from '@muon/wire/rtcp/packet.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { TransportFeedback } from '@muon/wire/rtcp/transport-feedback.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { transportSequenceOffset } from '@muon/wire/rtp/transport-sequence.ts';
import { BandwidthEstimator } from '../forward/bandwidth/bandwidth-estimator.ts';
import { LeakyBucket } from '../forward/bandwidth/leaky-bucket.ts';
import { DeliveryWatch } from '../forward/delivery-watch.ts';
import { ReportedRoundTrips } from '../forward/bandwidth/reported-round-trips.ts';
import { headerExtensions } from '../negotiation/header-extensions.ts';
import type { PacketIo, RtpOutput, SessionId } from './packet-io.ts';
import { WaitingPackets } from './waiting-packets.ts';

/** Before anything is known; most paths carry more, and the first probes tell within a second. */
const START_BPS = 1_000_000;

/**
 * What is sent goes out this much faster than the estimate: where all fits, so that bursts such as keyframes do not take
 * long; where more is wanted, so that they wait here, where audio overtakes them; and while packets wait on the way.
 */
const PACING = { free: 2.5, narrow: 1.2, queued: 0.85 } as const;
const QUEUED_MS = 150;

/** The first probes need as long to tell which of them it is. */
const SETTLED_MS = 3000;

/** Nothing waits longer than this: what has gathered goes out faster, or not at all where the path loses nothing. */
const MAX_WAIT_MS = 1000;

/** What holds a keyframe up for longer than this is left out: it shows nothing that the keyframe does not. */
const MAX_BEFORE_KEYFRAME_MS = 60;

/** So much of the estimate may be retransmissions: more would only fill a queue that loses packets already. */
const REPAIR_SHARE = 0.5;

/** Further packets are dropped, and repaired when the client asks. */
const MAX_WAITING = 512;
const MAX_WAITING_REPAIRS = 256;

/** IPv4 and UDP headers, and the tag of SRTP. */
const OVERHEAD_BYTES = 44;

/** Padding for a probe is made until the next tick. */
const TICK_MS = 10;

const RATE_INTERVAL_MS = 500;

/** Clients tell every 50 to 250 ms what came: so many packets without a word are no coincidence. */
const UNANSWERED_PACKETS = 20;

/** How a connection to a subscriber does. */
export interface OutgoingStats {
  /** What the client can be sent in all; undefined while nothing is known. */
  readonly estimateBps: number | undefined;
  readonly sendBps: number;
  readonly rttMs: number | undefined;
  /** From 0 to 1. */
  readonly lossFraction: number;
}

/** Makes a packet of about this size, which the client does not miss when it is lost; undefined when it cannot. */
export type MakePadding = (sizeBytes: number, nowMs: number) => Uint8Array | undefined;

/**
 * All packets of one connection on their way out: numbers them, learns from the client's feedback how many it can take,
 * and holds bursts back. Audio never waits; then come retransmissions, then video, then padding.
 */
export class OutgoingTransport {
  readonly #io: PacketIo;
  readonly #makePadding: MakePadding;
  readonly #bucket = new LeakyBucket();
  readonly #repairBucket = new LeakyBucket();
  readonly #video = new WaitingPackets(MAX_WAITING);
  #repairs: Uint8Array[] = [];
  readonly #roundTrips = new ReportedRoundTrips();
  #estimator: BandwidthEstimator | undefined;
  /** Of a path that loses nothing. */
  #watch: DeliveryWatch | undefined;
  #session: SessionId | undefined;
  #rembBps = Infinity;
  #guidedMs: number | undefined;
  #reportedLoss = 0;
  #answeredMs = 0;
  #sentSince = 0;
  #sentBytes = 0;
  #rate = { atMs: 0, sentBytes: 0, bps: 0 };

  /** What would be sent if the estimate allowed it, in bit/s: probes go no further. */
  wantedBps = 0;

  /** Called when the estimate has fallen because queues grow. */
  onDecrease: () => void = () => {};

  /** Called when video has waited for too long, and is left out. */
  onLeftOut: (nowMs: number) => void = () => {};

  constructor(io: PacketIo, makePadding: MakePadding) {
    this.#io = io;
    this.#makePadding = makePadding;
  }

  /** The connection is up, over a path that loses nothing or one that does. */
  start(session: SessionId, reliable = false): void {
    this.#session = session;
    this.#watch = reliable ? new DeliveryWatch() : undefined;
  }

  /** The client gives transport-wide feedback from now on. */
  expectFeedback(): void {
    this.#estimator ??= new BandwidthEstimator({ startBps: START_BPS, firstSeq: randomInt(0x8000) });
  }

  /** What the client can be sent now, in bit/s; undefined while nothing is known. */
  estimateBps(nowMs: number): number | undefined {
    // A client that gives feedback leaves the estimate to us.
    if (this.#estimator?.isGuided(nowMs)) return this.#estimator.estimateBps;
    return this.#rembBps === Infinity ? undefined : this.#rembBps;
  }

  stats(nowMs: number): OutgoingStats {
    return {
      estimateBps: this.estimateBps(nowMs),
      sendBps: this.#rate.bps,
      rttMs: this.rttMs,
      lossFraction: this.#estimator?.isGuided(nowMs) ? this.#estimator.lossFraction : this.#reportedLoss,
    };
  }

  /** By the client's receiver reports; undefined before the first. */
  get rttMs(): number | undefined {
    return this.#roundTrips.rttMs;
  }

  /** For how long the client has told nothing of what it is sent; 0 for one that is sent little, or never tells. */
  unansweredMs(nowMs: number): number {
    return this.#guidedMs === undefined || this.#sentSince < UNANSWERED_PACKETS ? 0 : nowMs - this.#answeredMs;
  }

  /** Whether a packet goes out now, as `output` then says; else it is kept with a copy of that and goes out later. */
  admit(packet: RtpPacket, output: RtpOutput, kind: MediaKind, nowMs: number): boolean {
    if (kind === 'video') {
      this.#drain(nowMs);
      if (this.#bucket.full || this.#video.count > 0 || this.#isQueued(nowMs)) {
        this.#video.push(packet, output, nowMs);
        return false;
      }
    }
    // Some browsers tell of video alone.
    output.transportSequence = this.#sent(packet.bytes.length, nowMs, kind === 'video');
    return true;
  }

  /** A keyframe of another layer follows: packets of the stream that would hold it up are left out. */
  overtake(ssrc: number, nowMs: number): void {
    if (this.waitMs(nowMs) > MAX_BEFORE_KEYFRAME_MS) this.#video.drop(ssrc);
  }

  /** How long video that is sent now waits before it goes out. */
  waitMs(nowMs: number): number {
    return (this.#video.sizeBytes * 8000) / this.#pacingBps(nowMs);
  }

  /** Sends a retransmission, now or later; or never, where there are too many. */
  repair(packet: Uint8Array, nowMs: number): void {
    this.#drain(nowMs);
    const estimateBps = this.#estimator?.isGuided(nowMs) ? this.#estimator.estimateBps : Infinity;
    this.#repairBucket.drain(REPAIR_SHARE * estimateBps, nowMs);
    if (this.#repairBucket.full) return;
    this.#repairBucket.add(packet.length + OVERHEAD_BYTES);
    if (!this.#bucket.full && this.#repairs.length === 0 && !this.#isQueued(nowMs)) this.#send(packet, nowMs);
    else if (this.#repairs.length < MAX_WAITING_REPAIRS) this.#repairs.push(packet);
  }

  /** The stream has ended, or begins anew, and what waits of it is not worth its bytes any more. */
  drop(ssrc: number): void {
    this.#video.drop(ssrc);
    this.#repairs = this.#repairs.filter((packet) => readU32(packet, 8) !== ssrc);
  }

  /** The client is reached at another address, over a path that loses nothing or one that does. */
  pathChanged(reliable = false): void {
    this.#estimator?.pathChanged();
    this.#watch = reliable ? new DeliveryWatch() : undefined;
  }

  feedback(feedback: TransportFeedback, nowMs: number): void {
    const estimator = this.#estimator;
    if (!estimator) return;
    this.#guidedMs ??= nowMs;
    this.#answeredMs = nowMs;
    this.#sentSince = 0;
    const { decreasedMs } = estimator;
    if (this.#watch) this.#watch.delivered(latestOf(feedback), nowMs);
    estimator.feedback(feedback, nowMs);
    if (estimator.decreasedMs > decreasedMs) this.onDecrease();
  }

  /** The client says how much it believes to be able to receive. */
  limited(bitrateBps: number): void {
    this.#rembBps = bitrateBps;
  }

  reportSent(report: SenderReportInfo, nowMs: number): void {
    this.#roundTrips.sent(report, nowMs);
  }

  /** The client's report on one of the streams. */
  reported(block: ReportBlock, nowMs: number): void {
    this.#reportedLoss += (block.fractionLost / 256 - this.#reportedLoss) / 4;
    const rttMs = this.#roundTrips.answered(block, nowMs);
    if (rttMs !== undefined) this.#estimator?.roundTrip(rttMs);
  }

  /** Every few milliseconds: sends what waits and what probes need. */
  poll(nowMs: number): void {
    if (this.#session === undefined) return;
    this.#measure(nowMs);
    this.#drain(nowMs);
    if (this.#isQueued(nowMs)) this.#leaveOut(nowMs);
    else this.#sendWaiting(nowMs);
    this.#probe(nowMs);
  }

  #sendWaiting(nowMs: number): void {
    while (!this.#bucket.full && this.#repairs.length > 0) this.#send(this.#repairs.shift()!, nowMs);
    while (!this.#bucket.full && this.#video.count > 0) {
      this.#video.shift((packet, output) => {
        output.transportSequence = this.#sent(packet.bytes.length, nowMs);
        this.#io.fanOut(packet, [output], 1);
      });
    }
  }

  /** Whether more would only come later, since the path loses nothing of what it cannot carry yet. */
  #isQueued(nowMs: number): boolean {
    return this.#watch?.isQueued(nowMs) ?? false;
  }

  #leaveOut(nowMs: number): void {
    if (nowMs - this.#video.oldestMs <= MAX_WAIT_MS) return;
    this.#video.clear();
    this.#repairs.length = 0;
    this.onLeftOut(nowMs);
  }

  #probe(nowMs: number): void {
    const estimator = this.#estimator;
    if (!estimator) return;
    estimator.poll(this.wantedBps, nowMs);
    for (;;) {
      const dueBytes = estimator.probeBytesDue(nowMs + TICK_MS);
      const padding = dueBytes > 0 ? this.#makePadding(dueBytes, nowMs) : undefined;
      if (!padding) return;
      this.#send(padding, nowMs);
    }
  }

  #drain(nowMs: number): void {
    this.#bucket.drain(this.#pacingBps(nowMs), nowMs);
  }

  #pacingBps(nowMs: number): number {
    if (!this.#estimator?.isGuided(nowMs)) return Infinity;
    const { estimateBps, queueMs } = this.#estimator;
    const narrow = this.wantedBps > estimateBps && nowMs - (this.#guidedMs ?? nowMs) > SETTLED_MS;
    const factor = narrow ? (queueMs > QUEUED_MS ? PACING.queued : PACING.narrow) : PACING.free;
    return Math.max(factor * estimateBps, (this.#video.sizeBytes * 8000) / MAX_WAIT_MS);
  }

  #send(packet: Uint8Array, nowMs: number): void {
    const at = transportSequenceOffset(packet, headerExtensions.transportSequence.id);
    const seq = this.#sent(packet.length, nowMs);
    if (at !== undefined && seq !== undefined) writeU16(packet, at, seq);
    this.#io.sendRtp(this.#session!, packet);
  }

  #sent(sizeBytes: number, nowMs: number, watched = true): number | undefined {
    const wireBytes = sizeBytes + OVERHEAD_BYTES;
    this.#bucket.add(wireBytes);
    this.#sentBytes += wireBytes;
    this.#sentSince++;
    const seq = this.#estimator?.sent(wireBytes, nowMs);
    if (seq !== undefined && watched) this.#watch?.sent(seq, nowMs);
    return seq;
  }

  #measure(nowMs: number): void {
    const elapsedMs = nowMs - this.#rate.atMs;
    if (elapsedMs < RATE_INTERVAL_MS) return;
    const bps = ((this.#sentBytes - this.#rate.sentBytes) * 8000) / elapsedMs;
    this.#rate = { atMs: nowMs, sentBytes: this.#sentBytes, bps };
  }
}

/** The number of the last packet that came. */
function latestOf({ baseSeq, arrivalsUs }: TransportFeedback): number {
  return (baseSeq + arrivalsUs.findLastIndex((us) => us !== undefined)) & 0xffff;
}
