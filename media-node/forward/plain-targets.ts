import type { DecodeTargets } from './packet-layer.ts';

/**
 * The decode targets of streams that don't describe their own: one for each spatial and temporal layer that there can
 * be. Four temporal layers are told apart, as many as any encoder makes; further ones count as the fourth.
 */
const TEMPORAL_LAYERS = 4;
const SPATIAL_LAYERS = 8;

export const plainTargets: DecodeTargets = Array.from({ length: SPATIAL_LAYERS * TEMPORAL_LAYERS }, (_, index) => ({
  spatial: Math.floor(index / TEMPORAL_LAYERS),
  temporal: index % TEMPORAL_LAYERS,
}));

/** Those of the layers up to these. */
export function targetsUpTo(spatial: number, temporal: number): number {
  const row = (1 << (Math.min(temporal, TEMPORAL_LAYERS - 1) + 1)) - 1;
  let mask = 0;
  for (let s = 0; s <= Math.min(spatial, SPATIAL_LAYERS - 1); s++) mask |= row << (TEMPORAL_LAYERS * s);
  return mask;
}

/** The bits of one temporal layer in all spatial ones. */
const COLUMN = 0x1111_1111;

/** Those that need a frame of this layer, or with `alone` those of its own spatial layer only. */
export function targetsFrom(spatial: number, temporal: number, alone: boolean): number {
  let row = 0;
  for (let t = Math.min(temporal, TEMPORAL_LAYERS - 1); t < TEMPORAL_LAYERS; t++) row |= 1 << t;
  if (alone) return row << (TEMPORAL_LAYERS * spatial);
  let mask = 0;
  for (let s = spatial; s < SPATIAL_LAYERS; s++) mask |= row << (TEMPORAL_LAYERS * s);
  return mask;
}

/** Those above temporal layer `from`, up to `to`, whose spatial layer is in `mask` with `from`. */
export function targetsAbove(mask: number, from: number, to: number): number {
  const spatial = (mask >>> from) & COLUMN;
  let above = 0;
  for (let t = from + 1; t <= Math.min(to, TEMPORAL_LAYERS - 1); t++) above |= spatial << t;
  return above;
}
