import * as z from 'zod';
import { idSchema } from './id.ts';
import { displayName, identity } from './identity.ts';
import { roomName, roomPassword } from './room.ts';

export const iceServer = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
});

export type IceServer = z.infer<typeof iceServer>;

export const joinBody = z
  .strictObject({
    password: roomPassword.optional(),
    earlierToken: z
      .string()
      .max(8192)
      .optional()
      .meta({ description: 'An access token of the same identity: who was in a room comes back after it was locked.' }),
    failedNode: idSchema('node')
      .optional()
      .meta({
        description:
          'The `node` of an earlier answer that could not be reached. When it is dead indeed, the room is placed on another at once; ' +
          'this answer may then take a moment longer.',
      }),
  })
  .meta({ id: 'Join' });

export const joinedSchema = z
  .object({
    url: z.string().meta({ description: 'WebSocket of the node.', example: 'ws://localhost:7000/ws' }),
    accessToken: z.string().meta({ description: 'Append as `?access_token=`; opens a connection for two minutes.' }),
    iceServers: z.array(iceServer).meta({ description: 'For RTCPeerConnection.' }),
    room: z.object({ id: idSchema('room'), name: roomName, sipUri: z.string().optional() }),
    node: z.object({ id: idSchema('node'), region: z.string() }),
    participant: z.object({ identity, name: displayName }),
  })
  .meta({ id: 'Joined' });

/** Where a request is to be sent again, as it is. */
export const redirection = z.object({
  location: z.url().meta({
    description: 'Of the node.',
    example: 'http://localhost:7000/whip?access_token=eyJhbGciOiJFZERTQSJ9.e30.c2ln',
  }),
});

export const whepQuery = z.object({
  participant: identity.optional().meta({ description: 'Whom to play; whoever publishes when absent.' }),
});

export type Joined = z.infer<typeof joinedSchema>;
