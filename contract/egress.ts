import * as z from 'zod';
import {
  encodingSchema,
  GOES_NOWHERE,
  goesSomewhere,
  layoutSchema,
  outputType,
  templateShape,
} from './egress-template.ts';
import { idSchema } from './id.ts';
import { recordingSchema } from './recording.ts';
import { pageOf, pageQuery } from './page.ts';
import { revision } from './revision.ts';
import { roomName, roomReference } from './room.ts';
import { timestamp } from './time.ts';

export const egressStatus = z
  .enum(['starting', 'active', 'stopped', 'failed'])
  .meta({ description: '`starting` until the first picture is out; `stopped` and `failed` are final.' });

export const outputSchema = z
  .object({
    id: idSchema('output'),
    type: outputType,
    playlistUrl: z.string().optional().meta({
      description: 'hls: the multivariant playlist, low latency.',
      example: 'http://localhost:8088/hls/eg_…/master.m3u8',
    }),
    pullUrl: z.string().optional().meta({
      description: 'rtmp-pull: with the token that admits the puller.',
      example: 'rtmp://localhost:1935/live/eg_…?token=…',
    }),
  })
  .meta({ id: 'Output' });

export type Output = z.infer<typeof outputSchema>;

export const egressSchema = z
  .object({
    id: idSchema('egress'),
    room: z.object({ id: idSchema('room'), name: roomName }),
    status: egressStatus,
    reason: z.string().optional().meta({ description: 'Why it stopped or failed.' }),
    layout: layoutSchema,
    encoding: encodingSchema,
    outputs: z.array(outputSchema),
    recordings: z.array(recordingSchema).optional().meta({
      description:
        'Of one that is recorded: its files, oldest first. Usually one; a gateway that died and came back, or another that took over, begins another.',
    }),
    createdAt: timestamp,
    endedAt: timestamp.optional(),
    revision,
  })
  .meta({ id: 'Egress' });

export type Egress = z.infer<typeof egressSchema>;

export const createEgressBody = z
  .strictObject({ room: roomReference, ...templateShape })
  .refine(goesSomewhere, GOES_NOWHERE)
  .meta({ id: 'CreateEgress' });

export const updateEgressBody = z.strictObject({ layout: layoutSchema.optional() }).meta({ id: 'UpdateEgress' });

export const egressQuery = pageQuery.extend({
  room: roomReference.optional().meta({ description: 'Only those of this room: its id or name.' }),
  status: egressStatus.optional().meta({
    description: 'Only those that are so now. A page may then have fewer items than asked for, and others follow.',
  }),
});

export const egressPage = pageOf('EgressPage', egressSchema);
