import type { Encoding } from './encodings.ts';
import { switchable } from './layer-reader.ts';
import { pictureOf, type DecodeTargets, type Layer, type PacketLayer } from './packet-layer.ts';

/** How long a keyframe is waited for before it is asked for again; whoever is asked keeps a distance of its own. */
const ASK_INTERVAL_MS = 250;

/** So many of the latest frames are remembered; encoders refer to closer ones. */
const SENT_FRAMES = 256;

/** As high as it goes. */
export const highestLayer: Layer = { spatial: 7, temporal: 7 };

/** What becomes of a packet: of another encoding, left out, sent on, or the first that is sent of its encoding. */
export type Choice = 'foreign' | 'left-out' | 'goes-on' | 'begins';

/**
 * Decides which packets of a track one subscriber is sent, so that what it gets can be decoded at any time: another
 * encoding begins with a keyframe, a higher layer where the encoder lets it, a lower one at once where it is whole.
 */
export class LayerSelector {
  #target: Layer | undefined = highestLayer;
  #encoding: Encoding | undefined;
  /** The encoding that suits the target, as of `#changes`. */
  #wanted: Encoding | undefined;
  #changes = -1;
  #targets: DecodeTargets | undefined;
  #active = 0;
  #retargeted = false;
  /** Decode targets of `#encoding`: the one that is sent, … */
  #current = -1;
  /** … the one that suits the target, … */
  #best = -1;
  /** … and those of which nothing was left out since they could be begun. */
  #intact = 0;
  #frame = -1;
  #goesOn = false;
  #endedFrame = true;
  /** Frame numbers of the latest frames that went on, each in its place; made for streams with descriptors. */
  #sentFrames: Int32Array | undefined;
  #askedMs = -Infinity;

  /** Whether packets that are missing right before the last one would have been left out. */
  missingToo = false;

  /** Whether the lowest that flows is sent when nothing within the target does: for whoever can take it. */
  substitutes = false;

  /** Grows when another layer is sent than before. */
  switches = 0;

  /** What is to be sent at most; undefined for nothing. */
  get target(): Layer | undefined {
    return this.#target;
  }

  setTarget(target: Layer | undefined): void {
    if (target?.spatial === this.#target?.spatial && target?.temporal === this.#target?.temporal) return;
    this.#target = target;
    this.#changes = -1;
    this.#retargeted = true;
    this.#askedMs = -Infinity;
    const known = this.#encoding ?? this.#wanted;
    if (known) this.#follow(known);
    if (!target) this.reset();
  }

  get encoding(): Encoding | undefined {
    return this.#encoding;
  }

  /** What is sent now; undefined while nothing is. */
  get current(): Layer | undefined {
    const layer = this.#targets?.[this.#current];
    if (!this.#encoding?.flows || !layer) return undefined;
    const { rank, siblings, meter } = this.#encoding;
    const temporal = Math.min(layer.temporal, meter.highest.temporal);
    return { spatial: siblings.simulcast ? rank : Math.min(layer.spatial, meter.highest.spatial), temporal };
  }

  /** The encoding of which a keyframe is needed to get to the target; undefined when none is. */
  get lacking(): Encoding | undefined {
    if (!this.#target || !this.#wanted) return undefined;
    if (this.#wanted !== this.#encoding) return this.#wanted;
    // Another spatial layer begins at a keyframe; a temporal one comes by itself.
    const best = this.#targets?.[this.#best];
    return best && this.#targets?.[this.#current]?.spatial !== best.spatial ? this.#encoding : undefined;
  }

  /** Whether the target is in another encoding than what is sent now, which goes on until that keyframe comes. */
  get leaves(): boolean {
    return this.#encoding !== undefined && this.lacking !== undefined && this.lacking !== this.#encoding;
  }

  /** Whether to ask for that keyframe now. */
  asks(nowMs: number): boolean {
    if (nowMs - this.#askedMs < ASK_INTERVAL_MS || !this.lacking) return false;
    this.#askedMs = nowMs;
    return true;
  }

  /** Goes on from a keyframe only. */
  reset(): void {
    if (!this.#encoding) return;
    this.#encoding = undefined;
    this.switches++;
  }

  /** What follows is of another track. */
  changeTrack(): void {
    this.reset();
    this.#wanted = undefined;
    this.#changes = -1;
    this.#askedMs = -Infinity;
  }

  /** Decides on a packet. Late ones are not for here: they have the place that was kept for them, or none. */
  choose(layer: PacketLayer): Choice {
    const encoding = layer.encoding!;
    if (this.#changes !== encoding.siblings.changes) this.#follow(encoding);
    if (encoding !== this.#encoding) return this.#begins(layer, encoding) ? 'begins' : 'foreign';
    if (layer.present === 0) {
      this.missingToo = false;
      return 'left-out';
    }
    const before = this.#goesOn;
    if (layer.frame === this.#frame) {
      this.missingToo = !before;
    } else {
      this.#goesOn = this.#decide(layer);
      // What is missing between two frames belongs to the one that lacks its end or its beginning.
      if (this.#endedFrame === layer.startsFrame) this.missingToo = false;
      else this.missingToo = this.#endedFrame ? !this.#goesOn : !before;
    }
    this.#endedFrame = layer.endsFrame;
    return this.#goesOn ? 'goes-on' : 'left-out';
  }

  /** Whether the packet is the last that is sent of its picture. */
  endsPicture({ spatial, targets, endsFrame }: PacketLayer): boolean {
    return endsFrame && targets === this.#targets && spatial === targets[this.#current]?.spatial;
  }

  #follow({ siblings }: Encoding): void {
    this.#changes = siblings.changes;
    const suitable = this.#target && siblings.best(this.#target.spatial);
    this.#wanted = suitable ?? (this.#target && this.substitutes ? siblings.lowest : undefined);
    this.#retargeted = true;
  }

  #begins(layer: PacketLayer, encoding: Encoding): boolean {
    if (!layer.keyframe || !this.#wanted) return false;
    // While nothing is sent, a lower one is better than waiting on.
    const waits = this.#encoding?.flows !== true;
    if (encoding !== this.#wanted && !(waits && encoding.rank < this.#wanted.rank)) return false;
    this.#encoding = encoding;
    this.#sentFrames?.fill(-1);
    this.#targets = undefined;
    this.#frame = -1;
    this.#goesOn = this.#decide(layer);
    this.#endedFrame = layer.endsFrame;
    if (!this.#goesOn) this.#encoding = undefined;
    return this.#goesOn;
  }

  /** Whether a frame goes on. The decode target that is sent changes between pictures, so that each has its end. */
  #decide(layer: PacketLayer): boolean {
    const { targets, active, present } = layer;
    const newPicture = pictureOf(layer.frame) !== pictureOf(this.#frame);
    this.#frame = layer.frame;
    if (targets !== this.#targets) {
      this.#targets = targets;
      this.#current = -1;
      this.#intact = 0;
      this.#retargeted = true;
    }
    if (this.#retargeted || active !== this.#active) this.#retarget(targets, active);
    const beginnable = this.#intact | (this.#canDecode(layer) ? switchable(layer, this.#intact) & present : 0);
    if (newPicture && this.#current !== this.#best) this.#approach(targets, beginnable & active);
    const goesOn = this.#current >= 0 && (present & (1 << this.#current)) !== 0;
    if (goesOn) this.#intact |= beginnable & present;
    else this.#intact &= ~present;
    if (goesOn && layer.frameNumberAt > 0) {
      this.#sentFrames ??= new Int32Array(SENT_FRAMES).fill(-1);
      this.#sentFrames[layer.frameNumber % SENT_FRAMES] = layer.frameNumber;
    }
    return goesOn;
  }

  /** Whether all that the frame depends on was sent, as far as it says. */
  #canDecode({ frameNumber, dependencies }: PacketLayer): boolean {
    for (const distance of dependencies) {
      const number = (frameNumber - distance) & 0xffff;
      if (this.#sentFrames?.[number % SENT_FRAMES] !== number) return false;
    }
    return true;
  }

  /** Finds the decode target that suits the target: the best within it, else the lowest. */
  #retarget(targets: DecodeTargets, active: number): void {
    this.#retargeted = false;
    this.#active = active;
    const { spatial, temporal } = this.#target!;
    // Spatial layers that are encodings of their own are chosen already.
    const highestSpatial = this.#encoding!.siblings.simulcast ? highestLayer.spatial : spatial;
    const limit = { spatial: highestSpatial, temporal };
    let best = -1;
    let lowest = -1;
    for (let i = 0; i < targets.length; i++) {
      if ((active & (1 << i)) === 0) continue;
      const candidate = targets[i]!;
      if (lowest === -1 || isBetter(targets[lowest]!, candidate)) lowest = i;
      if (within(candidate, limit) && (best === -1 || isBetter(candidate, targets[best]!))) best = i;
    }
    this.#best = best === -1 ? lowest : best;
  }

  /** Comes as close to the best decode target as can be, among those that can be begun. */
  #approach(targets: DecodeTargets, beginnable: number): void {
    const best = targets[this.#best];
    if (!best) return;
    const current = targets[this.#current];
    let nearest = current && within(current, best) ? this.#current : -1;
    for (let i = 0; i < targets.length; i++) {
      if ((beginnable & (1 << i)) === 0 || !within(targets[i]!, best)) continue;
      if (nearest === -1 || isBetter(targets[i]!, targets[nearest]!)) nearest = i;
    }
    if (nearest === -1 || nearest === this.#current) return;
    this.#current = nearest;
    this.switches++;
  }
}

function within(layer: Layer, limit: Layer): boolean {
  return layer.spatial <= limit.spatial && layer.temporal <= limit.temporal;
}

function isBetter(a: Layer, b: Layer): boolean {
  return a.spatial > b.spatial || (a.spatial === b.spatial && a.temporal > b.temporal);
}
