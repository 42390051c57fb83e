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

/** Attributes travel within tokens, and those within URLs. */
const MAX_ATTRIBUTES_BYTES = 4096;

/** Free data of a participant or a room that Muon carries and never reads. */
export const attributes = z
  .record(z.string().max(64), z.string().max(1024))
  .refine((all) => new TextEncoder().encode(JSON.stringify(all)).length <= MAX_ATTRIBUTES_BYTES, {
    error: `Too big: expected at most ${MAX_ATTRIBUTES_BYTES} bytes of JSON altogether`,
  })
  .meta({
    description: `Free data, carried and never read; at most ${MAX_ATTRIBUTES_BYTES} bytes of JSON altogether.`,
    example: { role: 'teacher' },
  });

/** What participants are, besides people with a browser. */
export const participantKind = z.enum(['standard', 'sip', 'egress', 'ingress', 'processor']);
