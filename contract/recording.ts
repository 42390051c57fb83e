import * as z from 'zod';
import { idSchema } from './id.ts';
import { timestamp } from './time.ts';

export const recordingStatus = z.enum(['recording', 'ready', 'failed']).meta({
  description:
    '`recording`: it is being written. `ready` and `failed` are final, with one exception: a file that was given up since its gateway was lost is `ready` after all when the gateway comes back with it.',
});

/** One file of a program. */
export const recordingSchema = z
  .object({
    id: idSchema('recording'),
    status: recordingStatus,
    reason: z.string().max(512).optional().meta({
      description: 'Of one that failed: why. What was written before has a location all the same.',
    }),
    startedAt: timestamp,
    durationSeconds: z.number().min(0).optional().meta({ description: 'When it is final.', example: 2712.4 }),
    sizeBytes: z.int().min(0).optional().meta({ description: 'When it is final.', example: 890_441_216 }),
    location: z.string().max(2048).optional().meta({
      description: 'When it is final: where the file is kept, as the gateway sees it.',
      example: 'file:///var/lib/muon/recordings/eg_…/rc_….mp4',
    }),
    url: z.string().max(2048).optional().meta({
      description: 'When it is final: where it is downloaded, with the token that admits to it.',
      example: 'http://localhost:8088/hls/eg_…/rc_….mp4?token=…',
    }),
    deletedAt: timestamp.optional().meta({
      description: 'Since when it is deleted: its gateway takes the file away, and nobody is told where it is.',
    }),
  })
  .meta({ id: 'Recording' });

export type Recording = z.infer<typeof recordingSchema>;
