import * as z from 'zod';
import { idSchema } from './id.ts';
import { timestamp } from './time.ts';

export const nodeStatus = z.enum(['ready', 'cordoned', 'draining', 'drained', 'lost']).meta({
  description:
    '`ready`: takes rooms. `cordoned`: takes no new ones. `draining`: cordoned, and its rooms have until `drainUntil` ' +
    'to end by themselves; then they move to other nodes. `drained`: holds none any more. `lost`: not heard of lately.',
});

/** A media node, as its operator sees it. */
export const nodeSchema = z
  .object({
    id: idSchema('node'),
    region: z.string(),
    status: nodeStatus,
    url: z.string().meta({ description: 'Where clients open their WebSocket.' }),
    capacity: z.int().meta({ description: 'How many participants it takes.' }),
    reserved: z.int().meta({ description: 'How much of it its rooms have reserved.' }),
    participants: z.int().meta({ description: 'How many are connected, as it told last.' }),
    heartbeatAt: timestamp,
    drainUntil: timestamp.optional(),
  })
  .meta({ id: 'Node' });

export type NodeResource = z.infer<typeof nodeSchema>;

export const nodeList = z.object({ data: z.array(nodeSchema) }).meta({ id: 'NodeList' });

export const drainNodeBody = z
  .strictObject({
    timeoutSeconds: z.int().min(0).max(86_400).default(3600).meta({
      description: 'How long rooms may take to end by themselves before they are moved.',
    }),
  })
  .meta({ id: 'DrainNode' });
