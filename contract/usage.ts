import * as z from 'zod';
import { idSchema } from './id.ts';
import { pageOf, pageQuery } from './page.ts';
import { roomName, roomReference } from './room.ts';

/** A day in UTC. */
export const day = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/)
  .refine((text) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text), {
    error: 'Expected a day that there is',
  });

const minutes = z.number().min(0);

/** How much of the service was used, on one day. */
export const usageSchema = z
  .object({
    day: day.meta({ description: 'In UTC.', example: '2026-01-31' }),
    room: z
      .object({ id: idSchema('room'), name: roomName })
      .optional()
      .meta({
        description: 'Of which room; absent where it is all of them.',
      }),
    participantMinutes: minutes.meta({
      description: 'How long those who are shown were in rooms, each for themselves; telephones and encoders, too.',
      example: 1234.567,
    }),
    egressMinutes: minutes.meta({ description: 'How long broadcasts were composed from rooms.', example: 60 }),
    callMinutes: minutes.meta({
      description: 'How long telephones were in rooms, whoever called; also counted as participants.',
      example: 12.5,
    }),
  })
  .meta({ id: 'Usage' });

export type UsageResource = z.infer<typeof usageSchema>;

export const usageQuery = pageQuery.extend({
  from: day.optional().meta({
    description: 'The first day, in UTC; when absent, the first of the month of the last day.',
    example: '2026-01-01',
  }),
  to: day.optional().meta({ description: 'The last day, in UTC; today when absent.', example: '2026-01-31' }),
  by: z.enum(['day', 'room']).default('day').meta({
    description: '`day`: all rooms together, day by day. `room`: each room by itself, each day.',
  }),
  room: roomReference.optional().meta({
    description: 'This room alone, day by day, as far as it was used: its name, or its id also when it is gone.',
  }),
});

export const usagePage = pageOf('UsagePage', usageSchema);

/** How many rooms one report of usage has. */
export const MAX_USAGE_ROOMS = 80;

/** What was used on a node since the report before. */
export const usageReport = z.object({
  /** Counts the reports of one life of the node. */
  seq: z.int().min(1),
  day,
  rooms: z
    .array(
      z.object({
        room: z.object({ id: idSchema('room'), name: roomName }),
        participantMs: z.int().min(0),
        egressMs: z.int().min(0),
        callMs: z.int().min(0),
      }),
    )
    .min(1)
    .max(MAX_USAGE_ROOMS),
});

export type UsageReport = z.infer<typeof usageReport>;
