import * as z from 'zod';
import { idSchema } from './id.ts';

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

const record = z.boolean().meta({
  description:
    'Whether the program is kept as MP4, too: the same picture and sound as all outputs have, encoded once. A recording alone needs no `outputs`.',
});

/** All that whoever wants a broadcast may choose about it. */
export const templateShape = {
  layout: layoutSchema.default('grid'),
  encoding: encodingSchema.prefault({}),
  outputs: z
    .array(z.strictObject({ type: outputType }))
    .max(8)
    .default([])
    .meta({ example: [{ type: 'hls' }, { type: 'rtmp-pull' }] }),
  record: record.default(false),
};

/** A program that goes nowhere would be composed for nobody. */
export function goesSomewhere(template: { readonly outputs: readonly unknown[]; readonly record: boolean }): boolean {
  return template.record || template.outputs.length > 0;
}

export const GOES_NOWHERE = 'Give at least one output, or record';

/** A broadcast that is not started yet. */
export const egressTemplate = z
  .strictObject(templateShape)
  .refine(goesSomewhere, GOES_NOWHERE)
  .meta({ id: 'EgressTemplate' });

export type EgressTemplate = z.output<typeof egressTemplate>;

/** What becomes of the template of a room. */
export const autoEgressSchema = z
  .object({
    layout: layoutSchema,
    encoding: encodingSchema,
    outputs: z.array(z.object({ type: outputType })),
    record: record.optional().meta({ description: 'Whether the program is kept as MP4, too.' }),
    egressId: idSchema('egress').optional().meta({
      description: 'The broadcast that was started, or could not be; absent until somebody has come.',
    }),
  })
  .meta({ id: 'AutoEgress' });

export type AutoEgress = z.infer<typeof autoEgressSchema>;
