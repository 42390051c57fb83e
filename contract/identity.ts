import * as z from 'zod';

/** Who a participant is within a room; unique there. */
export const identity = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]+$/u)
  .meta({ description: 'Who the participant is: unique in the room, chosen by you.', example: 'user-42' });

/** What people see of a participant. */
export const displayName = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: 'What other participants see.', example: 'Ada Lovelace' });

/** Free data of a participant or a room that Muon carries and never reads. */
export const attributes = z
  .record(z.string().max(64), z.string().max(1024))
  .meta({ description: 'Free data, carried and never read.', example: { role: 'teacher' } });
