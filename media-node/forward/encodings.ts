import { ntpMs, type SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import { LayerMeter, type LayerRate } from './layer-meter.ts';
import type { PacketLayer } from './packet-layer.ts';

/** An encoding without packets for this long has stopped, … */
const STALL_MS = 700;

/**
 * A keyframe takes what its encoder may spend in a second or more, and it pauses to make up for that. The lowest has not
 * stopped so soon after one: publishers that lack bandwidth give up the highest first.
 */
const KEYFRAME_DEBT_MS = 2000;

/** … when another brought so many frames meanwhile: a still picture makes all of them pause. */
const STALL_FRAMES = 4;

/** One RTP stream of a track: the only one, or one of its simulcast. */
export class Encoding {
  /** The higher, the better. */
  readonly rank: number;
  readonly clockRate: number;
  readonly meter = new LayerMeter();
  /** All encodings of the track. */
  readonly siblings: Encodings;
  arrivedMs = -Infinity;
  keyframeMs = -Infinity;
  /** How many frames the others have brought since. */
  missed = 0;
  flows = false;
  #report: SenderReportInfo | undefined;

  constructor(rank: number, clockRate: number, siblings: Encodings) {
    this.rank = rank;
    this.clockRate = clockRate;
    this.siblings = siblings;
  }

  /** The source told its clock. */
  reported(report: SenderReportInfo): void {
    this.#report = report;
  }

  get report(): SenderReportInfo | undefined {
    return this.#report;
  }

  /** How far the RTP clock of this encoding is ahead of another's, in its units; undefined before both were told. */
  clockAhead(other: Encoding): number | undefined {
    if (!this.#report || !other.#report) return undefined;
    const elapsedMs = ntpMs(this.#report) - ntpMs(other.#report);
    const here = this.#report.rtpTimestamp - Math.round((elapsedMs * this.clockRate) / 1000);
    return (here - other.#report.rtpTimestamp) | 0;
  }
}

/** What a subscriber can be sent of a track. */
export interface LayerInfo {
  readonly spatial: number;
  readonly temporal: number;
  /** Of all that it takes to see this layer, over the last second. */
  readonly bitrateBps: number;
  readonly width?: number;
  readonly height?: number;
}

/** The encodings of a track: which there are, and which of them flow. */
export class Encodings {
  readonly #all: Encoding[] = [];
  /** Lowest first. */
  #flowing: readonly Encoding[] = [];
  #changes = 0;

  /** Grows when other encodings flow than before. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether the spatial layers are encodings of their own. */
  get simulcast(): boolean {
    return this.#all.length > 1;
  }

  add(rank: number, clockRate: number): Encoding {
    const encoding = new Encoding(rank, clockRate, this);
    this.#all.push(encoding);
    this.#all.sort((a, b) => a.rank - b.rank);
    this.#changes++;
    return encoding;
  }

  remove(encoding: Encoding): void {
    const at = this.#all.indexOf(encoding);
    if (at === -1) return;
    this.#all.splice(at, 1);
    encoding.flows = false;
    this.#refresh();
  }

  /** A packet of one of them came. */
  arrived(encoding: Encoding, layer: PacketLayer, bytes: number, nowMs: number): void {
    encoding.meter.add(layer, bytes, nowMs);
    encoding.arrivedMs = nowMs;
    if (layer.keyframe) encoding.keyframeMs = nowMs;
    encoding.missed = 0;
    if (layer.startsFrame && !layer.late && layer.present !== 0) this.#frame(encoding, nowMs);
    if (encoding.flows) return;
    encoding.flows = true;
    this.#refresh();
  }

  /** The best that flows up to this rank. */
  best(highestRank: number): Encoding | undefined {
    let best: Encoding | undefined;
    for (const encoding of this.#flowing) if (encoding.rank <= highestRank) best = encoding;
    return best;
  }

  /** The lowest that flows. */
  get lowest(): Encoding | undefined {
    return this.#flowing[0];
  }

  /** What flows, lowest first. */
  layers(nowMs: number): LayerInfo[] {
    return this.#flowing.flatMap(({ rank, meter }) => {
      const rates = meter.rates(nowMs);
      return this.simulcast ? highestSpatial(rates).map((rate) => ({ ...rate, spatial: rank })) : rates;
    });
  }

  /** Finds out which encodings have stopped, by the frames of the others. */
  #frame(encoding: Encoding, nowMs: number): void {
    const enough = STALL_FRAMES * (this.#flowing.length - 1);
    let stalled = false;
    for (const other of this.#flowing) {
      if (other === encoding) continue;
      other.missed++;
      if (other.missed < enough || nowMs - other.arrivedMs < STALL_MS) continue;
      if (other === this.lowest && nowMs - other.keyframeMs < KEYFRAME_DEBT_MS) continue;
      other.flows = false;
      stalled = true;
    }
    if (stalled) this.#refresh();
  }

  #refresh(): void {
    this.#flowing = this.#all.filter(({ flows }) => flows);
    this.#changes++;
  }
}

/** Simulcast encodings are forwarded with all the spatial layers they might have. */
function highestSpatial(rates: readonly LayerRate[]): readonly LayerRate[] {
  const highest = Math.max(...rates.map(({ spatial }) => spatial));
  return rates.filter(({ spatial }) => spatial === highest);
}
