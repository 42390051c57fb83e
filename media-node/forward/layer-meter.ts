import type { DecodeTargets, Layer, PacketLayer } from './packet-layer.ts';

/** The last second, in tenths. */
const BUCKETS = 10;
const BUCKET_MS = 100;
const TARGETS = 32;

export interface LayerRate extends Layer {
  readonly bitrateBps: number;
  readonly width?: number;
  readonly height?: number;
}

/** Measures what each layer of one stream takes, together with those that it needs. */
export class LayerMeter {
  readonly #bytes = new Float64Array(BUCKETS * TARGETS);
  /** When each layer last had a frame of its own, by decode target. */
  readonly #seenMs = new Float64Array(TARGETS).fill(-Infinity);
  #targets: DecodeTargets = [];
  #active = -1;
  #bucket = 0;
  #startedMs: number | undefined;
  #highest: Layer = { spatial: 0, temporal: 0 };
  #sizes: readonly { readonly width: number; readonly height: number }[] = [];

  add(
    { targets, present, active, spatial, temporal, keyframe, sizes }: PacketLayer,
    bytes: number,
    nowMs: number,
  ): void {
    this.#advance(nowMs);
    if (targets !== this.#targets) this.#change(targets);
    if (keyframe && sizes) this.#sizes = sizes;
    if (spatial > this.#highest.spatial || temporal > this.#highest.temporal) {
      this.#highest = {
        spatial: Math.max(spatial, this.#highest.spatial),
        temporal: Math.max(temporal, this.#highest.temporal),
      };
    }
    this.#active = active;
    const base = (this.#bucket % BUCKETS) * TARGETS;
    for (let target = 0; target < targets.length; target++) {
      if ((present & (1 << target)) === 0) continue;
      this.#bytes[base + target]! += bytes;
      const highest = targets[target]!;
      if (highest.spatial === spatial && highest.temporal === temporal) this.#seenMs[target] = nowMs;
    }
  }

  /** The highest layers that frames were seen of. */
  get highest(): Layer {
    return this.#highest;
  }

  /** Of each layer that has frames, lowest first. */
  rates(nowMs: number): LayerRate[] {
    this.#advance(nowMs);
    const spanMs = Math.min(nowMs - (this.#startedMs ?? nowMs), (BUCKETS - 1) * BUCKET_MS + (nowMs % BUCKET_MS));
    const rates: LayerRate[] = [];
    this.#targets.forEach(({ spatial, temporal }, target) => {
      if (nowMs - this.#seenMs[target]! > 2 * BUCKETS * BUCKET_MS || (this.#active & (1 << target)) === 0) return;
      let bytes = 0;
      for (let bucket = 0; bucket < BUCKETS; bucket++) bytes += this.#bytes[bucket * TARGETS + target]!;
      // In the beginning, a second has not passed.
      const bitrateBps = Math.round((bytes * 8000) / Math.max(spanMs, BUCKET_MS));
      rates.push({ spatial, temporal, bitrateBps, ...this.#sizes[Math.min(spatial, this.#sizes.length - 1)] });
    });
    return rates.sort((a, b) => a.spatial - b.spatial || a.temporal - b.temporal);
  }

  /** Empties what is older than the span. */
  #advance(nowMs: number): void {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    this.#startedMs ??= nowMs;
    const passed = Math.min(bucket - this.#bucket, BUCKETS);
    for (let i = 0; i < passed; i++) {
      const start = ((bucket - i) % BUCKETS) * TARGETS;
      this.#bytes.fill(0, start, start + TARGETS);
    }
    if (passed > 0) this.#bucket = bucket;
  }

  /** Each keyframe may bring a structure of its own, which mostly says what the one before said. */
  #change(targets: DecodeTargets): void {
    const same = isSame(targets, this.#targets);
    this.#targets = targets;
    if (same) return;
    this.#bytes.fill(0);
    this.#seenMs.fill(-Infinity);
    this.#startedMs = undefined;
  }
}

function isSame(a: DecodeTargets, b: DecodeTargets): boolean {
  return (
    a.length === b.length &&
    a.every(({ spatial, temporal }, at) => spatial === b[at]!.spatial && temporal === b[at]!.temporal)
  );
}
