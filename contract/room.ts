import * as z from 'zod';
import { idSchema } from './id.ts';
import { attributes } from './identity.ts';
import { pageOf } from './page.ts';
import { timestamp } from './time.ts';

/** A name is part of addresses (SIP, RTMP, REST), so it keeps to what all of them can carry. */
export const roomName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  .meta({ description: 'Lower-case letters, digits and inner hyphens; unique.', example: 'algebra-101' });

/** A room in a path: its id or its name. */
export const roomReference = z.union([idSchema('room'), roomName]).meta({ description: 'Id or name of the room.' });

export const maxParticipants = z
  .int()
  .min(1)
  .max(1000)
  .meta({ description: 'How many participants may be in the room at once.', example: 50 });

export const roomSchema = z
  .object({
    id: idSchema('room'),
    name: roomName,
    maxParticipants,
    metadata: attributes,
    sipUri: z.string().optional().meta({
      description: 'What a telephone dials to join; absent while no SIP gateway is up.',
      example: 'sip:algebra-101@sip.example.com',
    }),
    createdAt: timestamp,
  })
  .meta({ id: 'Room' });

export type Room = z.infer<typeof roomSchema>;

export const createRoomBody = z
  .strictObject({
    name: roomName.optional().meta({ description: 'Chosen for you when absent.' }),
    maxParticipants: maxParticipants.default(100),
    metadata: attributes.default({}),
  })
  .meta({ id: 'CreateRoom' });

export const roomPage = pageOf('RoomPage', roomSchema);
