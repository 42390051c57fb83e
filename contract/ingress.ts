import * as z from 'zod';
import { idSchema } from './id.ts';
import { displayName, identity } from './identity.ts';
import { pageOf } from './page.ts';
import { revision } from './revision.ts';
import { roomName, roomReference } from './room.ts';
import { timestamp } from './time.ts';

const ingressType = z.enum(['whip']).meta({ description: 'By which protocol it is published.' });

const enabled = z.boolean().meta({ description: 'Whether its stream key is good.' });

/** Where an encoder publishes into a room, with a key that stays good. */
export const ingressSchema = z
  .object({
    id: idSchema('ingress'),
    type: ingressType,
    room: z.object({ id: idSchema('room'), name: roomName }),
    identity: identity.meta({ description: 'Of the encoder in the room.' }),
    name: displayName,
    enabled,
    url: z.string().meta({ description: 'Where to publish, relative to this API.', example: '/v1/whip' }),
    status: z
      .enum(['idle', 'publishing'])
      .optional()
      .meta({ description: 'As the node of the room tells it now; only where one ingress is read by itself.' }),
    createdAt: timestamp,
    revision,
  })
  .meta({ id: 'Ingress' });

export type Ingress = z.infer<typeof ingressSchema>;

export const ingressWithKey = z
  .object({
    ...ingressSchema.shape,
    streamKey: z.string().meta({
      description: 'The bearer token of the encoder. Shown in this answer and never again.',
      example: 'sk_e01kj187ppheett256pjw3m96m_J3V61XNdRuIob0tiDTg43vu86nLnwWOF',
    }),
  })
  .meta({ id: 'IngressWithKey' });

export const createIngressBody = z
  .strictObject({
    room: roomReference,
    identity,
    name: displayName.optional().meta({ description: 'What the others see; the identity when absent.' }),
    type: ingressType.default('whip'),
  })
  .meta({ id: 'CreateIngress' });

export const updateIngressBody = z
  .strictObject({
    name: displayName.optional().meta({ description: 'From the next time that it publishes.' }),
    enabled: enabled.optional(),
  })
  .meta({ id: 'UpdateIngress' });

export const ingressPage = pageOf('IngressPage', ingressSchema);
