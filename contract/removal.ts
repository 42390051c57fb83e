import * as z from 'zod';

/** Why somebody is removed; the participant is told. */
export const removalReason = z.string().max(256).meta({ description: 'What the participant is told.' });

export const MAX_BAN_SECONDS = 86_400;

/** How long whoever was removed is refused, a day at most. */
export const banSeconds = z
  .int()
  .min(0)
  .max(MAX_BAN_SECONDS)
  .meta({ description: 'For so long nobody may join under this identity, whatever token they have.', example: 3600 });
