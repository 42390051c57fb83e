import * as z from 'zod';
import { idSchema } from './id.ts';

/** A layer of a simulcast or scalable track; counted from 0, the lowest. */
export const layerSchema = z.object({ spatial: z.int().min(0).max(7), temporal: z.int().min(0).max(7).optional() });

export type Layer = z.infer<typeof layerSchema>;

/** What is kept longest when the network does not bear all; `pinned` comes before everything else. */
export const subscriptionPriority = z.enum(['low', 'medium', 'high', 'pinned']);

/** How a subscriber wants a track; what is left out stays as it is, and null takes a wish back. */
export const subscriptionWish = z.object({
  priority: subscriptionPriority.nullish(),
  /** The highest layer that is of use. */
  maxLayer: layerSchema.nullish(),
  /** How large the picture is shown, in physical pixels: no larger layer is of use. */
  size: z.object({ width: z.int().min(1).max(16_384), height: z.int().min(1).max(16_384) }).nullish(),
  /** Whether to send nothing for now; unlike `unsubscribe` this needs no negotiation. */
  paused: z.boolean().optional(),
});

export type SubscriptionWish = z.infer<typeof subscriptionWish>;

/** How a subscribed track is sent. */
export const subscriptionState = z.object({
  trackId: idSchema('track'),
  state: z.enum(['active', 'paused']),
  /** Why it is paused. */
  reason: z
    .enum([
      /** The network does not bear it. */
      'bandwidth',
      /** The subscriber asked for it. */
      'wish',
      /** The publisher sends nothing. */
      'publisher',
      /** The subscriber does not decode the codec. */
      'unsupported-codec',
    ])
    .optional(),
  /** The layer that is sent, while it is active. */
  spatial: z.int().min(0).optional(),
  temporal: z.int().min(0).optional(),
});

export type SubscriptionState = z.infer<typeof subscriptionState>;
