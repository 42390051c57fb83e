import { readU16, readU32 } from '@muon/wire/bytes.ts';
import { isRtcp, RTP_HEADER_BYTES } from '@muon/wire/rtp/packet.ts';
import type { Burst } from './burst.ts';
import type { Conditions, PathCounts } from './conditions.ts';

const IP_AND_UDP_BYTES = 28;

/** One direction of a network for one client: says when a packet arrives, if it does. Pure, and random only by `random`. */
export class Path {
  readonly counts: PathCounts = {
    received: 0,
    delivered: 0,
    duplicated: 0,
    mediaDuplicated: 0,
    lost: 0,
    overflowed: 0,
    lostInBurst: 0,
  };
  /** The sequence number that each stream came to, by SSRC. */
  readonly latestSeqs: Record<number, number> = {};
  readonly #random: () => number;
  #conditions: Conditions = {};
  #burst: Burst | undefined;
  /** When the bottleneck has sent all that it took. */
  #idleMs = -Infinity;
  #latestMs = -Infinity;
  #stallsSinceMs: number | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  set conditions(conditions: Conditions) {
    this.#conditions = conditions;
    this.#stallsSinceMs = undefined;
  }

  loseBurst(burst: Burst): void {
    this.#burst = burst;
    this.counts.lostInBurst = 0;
  }

  /** When each copy of the packet arrives: no time when it is lost, two when it is doubled. */
  pass(packet: Uint8Array, nowMs: number): number[] {
    this.counts.received++;
    if (isRtp(packet)) this.latestSeqs[readU32(packet, 8)] = readU16(packet, 2);
    const { loss = 0, duplicates = 0, outage = false } = this.#conditions;
    const inBurst = this.#isInBurst(packet);
    if (inBurst) this.counts.lostInBurst++;
    if (inBurst || outage || this.#random() < loss) {
      this.counts.lost++;
      return [];
    }
    const sentMs = this.#queue(packet.length + IP_AND_UDP_BYTES, nowMs);
    if (sentMs === undefined) {
      this.counts.overflowed++;
      return [];
    }
    const arrivals = [this.#arrive(sentMs, nowMs)];
    if (this.#random() < duplicates) {
      arrivals.push(this.#arrive(sentMs, nowMs));
      this.counts.duplicated++;
      if (packet[0]! >>> 6 === 2) this.counts.mediaDuplicated++;
    }
    this.counts.delivered += arrivals.length;
    return arrivals;
  }

  /** When the packet has gone through the bottleneck; undefined when there is no room for it to wait. */
  #queue(bytes: number, nowMs: number): number | undefined {
    const { rate } = this.#conditions;
    if (!rate) return nowMs;
    const startMs = Math.max(nowMs, this.#idleMs);
    if (startMs - nowMs > rate.queueMs) return undefined;
    this.#idleMs = startMs + (bytes * 8 * 1000) / rate.bitrateBps;
    return this.#idleMs;
  }

  #arrive(sentMs: number, nowMs: number): number {
    const { delayMs = 0, reordering } = this.#conditions;
    const arrivalMs = this.#endOfStall(sentMs, nowMs) + delayMs;
    // Whoever is overtaken holds nobody back.
    if (reordering && this.#random() < reordering.share) return arrivalMs + reordering.byMs;
    this.#latestMs = Math.max(this.#latestMs, arrivalMs);
    return this.#latestMs;
  }

  #endOfStall(sentMs: number, nowMs: number): number {
    const { stalls } = this.#conditions;
    if (!stalls) return sentMs;
    this.#stallsSinceMs ??= nowMs;
    const phaseMs = (sentMs - this.#stallsSinceMs) % stalls.everyMs;
    const leftMs = phaseMs - (stalls.everyMs - stalls.forMs);
    return leftMs > 0 ? sentMs + stalls.forMs - leftMs : sentMs;
  }

  #isInBurst(packet: Uint8Array): boolean {
    return this.#burst !== undefined && isRtp(packet) && this.#burst.takes(readU32(packet, 8), readU16(packet, 2));
  }
}

function isRtp(packet: Uint8Array): boolean {
  return packet.length >= RTP_HEADER_BYTES && packet[0]! >>> 6 === 2 && !isRtcp(packet);
}
