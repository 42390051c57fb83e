import type { LayerInfo } from './encodings.ts';

/** What a subscriber wants of one video. */
export interface Demand {
  readonly id: string;
  /** That can be had now, lowest first; none while nothing is known of it. */
  readonly layers: readonly LayerInfo[];
  /** The higher, the earlier. Those of one rank share. */
  readonly rank: number;
  readonly maxLayer?: { readonly spatial: number; readonly temporal?: number | undefined } | undefined;
  /** How large it is shown. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** What was allocated last: a layer, or undefined when it was paused. Absent for a new one. */
  readonly current?: Pick<LayerInfo, 'spatial' | 'temporal'> | undefined;
}

export interface Allocation {
  /** The layer of each demand that something is known of; undefined: the video is paused. */
  readonly layers: ReadonlyMap<string, LayerInfo | undefined>;
  /** What all of them would take at the best. */
  readonly wantedBps: number;
}

/** Going up has to fit with this much to spare, or the next small change would take it back. */
const UP_MARGIN = 1.15;

/**
 * A picture of another size begins with a keyframe, which would take its time on a path that is just wide enough. The
 * smallest has to do with what there is.
 */
const KEYFRAME_BPS = 300_000;

/** Staying needs a little less than everything: rates are measured, and wander. */
const STAY_MARGIN = 0.95;

/** A picture this much smaller than it is shown still looks sharp. */
const SIZE_TOLERANCE = 0.85;

/** Of the frame rates of a larger picture, so many are of use: below that, the smaller picture is better. */
const USEFUL_TEMPORALS = 2;

interface Share {
  readonly demand: Demand;
  readonly steps: readonly LayerInfo[];
  /** Index of the step that was taken last; -1 for a pause. */
  readonly current: number;
  /** And of the one that is taken now. */
  step: number;
}

/**
 * Shares a rate among videos: first everybody's lowest layer, in order of rank, then one step after another, the higher
 * ranks first. What goes on needs less than what would go up, so that small changes of the rate change nothing.
 */
export function allocate(budgetBps: number, demands: readonly Demand[]): Allocation {
  const shares = demands.filter(({ layers }) => layers.length > 0).map((demand) => toShare(demand));
  shares.sort((a, b) => b.demand.rank - a.demand.rank);
  let leftBps = budgetBps;
  const raise = (share: Share): boolean => {
    const next = share.steps[share.step + 1];
    if (!next) return false;
    const moreBps = next.bitrateBps - (share.steps[share.step]?.bitrateBps ?? 0);
    // The margin is of the whole layer: all of it will wander.
    if (moreBps + neededBps(share, share.step + 1) - next.bitrateBps > leftBps) return false;
    share.step++;
    leftBps -= moreBps;
    return true;
  };
  for (const share of shares) raise(share);
  for (const rank of new Set(shares.map(({ demand }) => demand.rank))) {
    let growing = shares.filter(({ demand, step }) => demand.rank === rank && step >= 0);
    while (growing.length > 0) growing = growing.filter((share) => raise(share));
  }
  const wantedBps = shares.reduce((sum, share) => sum + wantedOf(share), 0);
  return { layers: new Map(shares.map(({ demand, steps, step }) => [demand.id, steps[step]])), wantedBps };
}

/** What has to be there for a step to be taken, or kept. */
function neededBps({ steps, current }: Pick<Share, 'steps' | 'current'>, step: number): number {
  const { spatial, bitrateBps } = steps[step]!;
  const before = steps[current];
  const smallest = spatial === steps[0]!.spatial;
  const keyframeBps = before && spatial !== before.spatial && !smallest ? KEYFRAME_BPS : 0;
  return (step <= current ? STAY_MARGIN : UP_MARGIN) * bitrateBps + keyframeBps;
}

/** What has to be there for the best of it. */
function wantedOf({ steps, current }: Share): number {
  // What was never sent has to be reached first.
  return neededBps({ steps, current: current < steps.length ? current : -1 }, steps.length - 1);
}

function toShare(demand: Demand): Share {
  const steps = usefulSteps(demand);
  const { current } = demand;
  // A new one is raised as if it had been there: nothing flaps yet.
  let at = 'current' in demand ? -1 : steps.length;
  if (current) {
    at = steps.findLastIndex(
      ({ spatial, temporal }) =>
        spatial < current.spatial || (spatial === current.spatial && temporal <= current.temporal),
    );
  }
  return { demand, steps, current: at, step: -1 };
}

/** The layers that are worth having, each better and dearer than the one before; one at least. */
function usefulSteps({ layers, maxLayer, size }: Demand): LayerInfo[] {
  const lowest = Math.min(...layers.map(({ spatial }) => spatial));
  const highest = Math.min(maxLayer?.spatial ?? Infinity, size ? neededSpatial(layers, size) : Infinity);
  const allowed = layers.filter(
    ({ spatial, temporal }) =>
      (spatial <= highest || spatial === lowest) && temporal <= (maxLayer?.temporal ?? Infinity),
  );
  const steps: LayerInfo[] = [];
  for (const layer of allowed.length > 0 ? allowed : layers.slice(0, 1)) {
    const temporals = allowed.filter(({ spatial }) => spatial === layer.spatial);
    const useful = layer.spatial === lowest || temporals.indexOf(layer) >= temporals.length - USEFUL_TEMPORALS;
    if (!useful) continue;
    // A better one that costs no more makes the other needless.
    while (steps.length > 0 && steps.at(-1)!.bitrateBps >= layer.bitrateBps) steps.pop();
    steps.push(layer);
  }
  return steps;
}

/** The lowest spatial layer that is as large as it is shown; whichever way round the picture is. */
function neededSpatial(layers: readonly LayerInfo[], { width, height }: NonNullable<Demand['size']>): number {
  const needed = SIZE_TOLERANCE * Math.max(width, height);
  const enough = layers.find((layer) => Math.max(layer.width ?? 0, layer.height ?? 0) >= needed);
  return enough?.spatial ?? Infinity;
}
