/** A layer without packets for this long has stopped: its publisher lacks bandwidth or processor time. */
const STALL_MS = 700;

/**
 * Decides which simulcast layer of a track goes on to those who see it: the best that flows. A change waits for a
 * keyframe of the new layer, which whoever uses this asks for.
 */
export class LayerChoice {
  readonly #arrivedMs = new Map<number, number>();
  #current: number | undefined;

  /** The layer that is forwarded; the higher, the better. */
  get current(): number | undefined {
    return this.#current;
  }

  /** The layer to change to as soon as it has a keyframe; undefined when there is nothing to change. */
  wanted(nowMs: number): number | undefined {
    let best: number | undefined;
    for (const [layer, arrivedMs] of this.#arrivedMs) {
      if (nowMs - arrivedMs < STALL_MS && (best === undefined || layer > best)) best = layer;
    }
    return best === this.#current ? undefined : best;
  }

  /** Whether to forward this packet of a layer. */
  accept(layer: number, keyframe: boolean, nowMs: number): boolean {
    this.#arrivedMs.set(layer, nowMs);
    if (layer === this.#current) return true;
    if (!keyframe) return false;
    const stalled = this.#current === undefined || nowMs - this.#arrivedMs.get(this.#current)! >= STALL_MS;
    if (!stalled && layer !== this.wanted(nowMs)) return false;
    this.#current = layer;
    return true;
  }

  /** A layer is gone. */
  remove(layer: number): void {
    this.#arrivedMs.delete(layer);
    if (this.#current === layer) this.#current = undefined;
  }
}
