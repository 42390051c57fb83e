import type { LayerInfo } from './encodings.ts';

/** A keyframe is over within the first; what lasts for the second is what the layer takes now. */
const FALL_MS = 1000;
const RISE_MS = 10_000;

/**
 * What the layers of a track take without the bursts of its keyframes: decisions last longer than these. A layer that
 * comes back begins with a keyframe, and is expected to take what it took.
 */
export class SteadyRates {
  readonly #rates = new Map<number, number>();
  #smoothedMs: number | undefined;

  smooth(layers: readonly LayerInfo[], nowMs: number): LayerInfo[] {
    const elapsedMs = nowMs - (this.#smoothedMs ?? nowMs);
    this.#smoothedMs = nowMs;
    const keys = layers.map((layer) => keyOf(layer));
    return layers.map((layer, index) => {
      const before = this.#rates.get(keys[index]!) ?? layer.bitrateBps;
      const weight = 1 - Math.exp(-elapsedMs / (layer.bitrateBps > before ? RISE_MS : FALL_MS));
      const bitrateBps = Math.round(before + weight * (layer.bitrateBps - before));
      this.#rates.set(keys[index]!, bitrateBps);
      return { ...layer, bitrateBps };
    });
  }
}

function keyOf({ spatial, temporal }: LayerInfo): number {
  return 8 * spatial + temporal;
}
