import * as z from 'zod';
import { idSchema } from './id.ts';
import { pageOf, pageQuery } from './page.ts';
import { revision } from './revision.ts';
import { roomName, roomReference } from './room.ts';
import { timestamp } from './time.ts';

export const layoutSchema = z.enum(['grid', 'focus']).meta({
  description:
    'How the participants share the picture. `grid`: equal tiles. `focus`: one is large, a screen that is shared or else ' +
    'who came first, and the others are in a column beside it.',
});

/** The program's picture and bit rate. */
export const encodingSchema = z
  .object({
    width: z.int().min(160).max(1920).multipleOf(2).default(1280).meta({ description: 'In pixels.' }),
    height: z.int().min(90).max(1080).multipleOf(2).default(720).meta({ description: 'In pixels.' }),
    frameRate: z.int().min(5).max(60).default(30).meta({ description: 'Pictures per second.' }),
    videoBitrateBps: z
      .int()
      .min(100_000)
      .max(12_000_000)
      .default(2_500_000)
      .meta({ description: 'Of the H.264 video, in bits per second.' }),
    audioBitrateBps: z
      .int()
      .min(32_000)
      .max(320_000)
      .default(128_000)
      .meta({ description: 'Of the AAC audio, in bits per second.' }),
  })
  .meta({ id: 'Encoding' });

export type Encoding = z.infer<typeof encodingSchema>;

export const outputType = z
  .enum(['hls', 'rtmp-pull'])
  .meta({ description: '`hls`: a low-latency playlist for players; `rtmp-pull`: an RTMP address for CDNs and tools.' });

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
    createdAt: timestamp,
    endedAt: timestamp.optional(),
    revision,
  })
  .meta({ id: 'Egress' });

export type Egress = z.infer<typeof egressSchema>;

export const createEgressBody = z
  .strictObject({
    room: roomReference,
    layout: layoutSchema.default('grid'),
    encoding: encodingSchema.prefault({}),
    outputs: z
      .array(z.strictObject({ type: outputType }))
      .min(1)
      .max(8)
      .meta({ example: [{ type: 'hls' }, { type: 'rtmp-pull' }] }),
  })
  .meta({ id: 'CreateEgress' });

export const updateEgressBody = z.strictObject({ layout: layoutSchema.optional() }).meta({ id: 'UpdateEgress' });

export const egressQuery = pageQuery.extend({
  room: roomReference.optional().meta({ description: 'Only those of this room: its id or name.' }),
  status: egressStatus.optional().meta({
    description: 'Only those that are so now. A page may then have fewer items than asked for, and others follow.',
  }),
});

export const egressPage = pageOf('EgressPage', egressSchema);
