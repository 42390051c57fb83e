import * as z from 'zod';
import { autoEgressSchema, egressTemplate } from './egress-template.ts';
import { idSchema } from './id.ts';
import { attributes } from './identity.ts';
import { pageOf } from './page.ts';
import { revision } from './revision.ts';
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

/** What a participant types to get in, besides the token. */
export const roomPassword = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: 'Asked of everybody who joins but room admins; kept as a hash.', example: 'pythagoras' });

const locked = z.boolean().meta({ description: 'Nobody new may join but room admins; who was in may come back.' });

export const roomRegion = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/)
  .meta({ description: 'Only nodes of this region hold the room; any node when absent.', example: 'eu-central-1' });

/** A year: whoever wants a room for longer wants one without an end. */
const MAX_DURATION_SECONDS = 365 * 86_400;

const duration = z.int().min(1).max(MAX_DURATION_SECONDS);

const emptyDurationSeconds = duration.meta({
  description:
    'The room ends when nobody who is shown has been in it for so long, also when nobody ever came. It never does so when absent.',
  example: 600,
});

const maxDurationSeconds = duration.meta({
  description: 'The room ends so long after it was created, whoever is in it. It never does so when absent.',
  example: 14_400,
});

const autoEgress = egressTemplate.meta({
  description:
    'A broadcast that starts by itself when the first participant who is shown is in the room: once in the life of the room, ' +
    'whatever is changed later. Your key needs the scope `egresses:write` as well.',
});

const autoRecord = z.boolean().meta({
  description:
    'Whether the room is recorded from its first participant on, until it ends: with `autoEgress`, in that broadcast, as if it had ' +
    '`record`; else by itself, as a grid of 1280x720. Once in the life of the room, as `autoEgress`. Your key needs the scope ' +
    '`egresses:write` as well.',
});

/** Why a room ended by itself. */
export const roomEndReason = z.enum(['empty', 'max-duration']).meta({
  description: '`empty`: nobody was in it for `emptyDurationSeconds`. `max-duration`: it is `maxDurationSeconds` old.',
});

export type RoomEndReason = z.infer<typeof roomEndReason>;

export const roomSchema = z
  .object({
    id: idSchema('room'),
    name: roomName,
    maxParticipants,
    metadata: attributes,
    locked,
    passwordProtected: z.boolean().meta({ description: 'Whether joining takes a password.' }),
    region: roomRegion.optional(),
    emptyDurationSeconds: emptyDurationSeconds.optional(),
    maxDurationSeconds: maxDurationSeconds.optional(),
    autoEgress: autoEgressSchema
      .optional()
      .meta({ description: 'The broadcast that starts by itself, and which one did.' }),
    autoRecord,
    sipUri: z.string().optional().meta({
      description: 'What a telephone dials to join; absent while no SIP gateway is up.',
      example: 'sip:algebra-101@sip.example.com',
    }),
    createdAt: timestamp,
    revision,
  })
  .meta({ id: 'Room' });

export type Room = z.infer<typeof roomSchema>;

export const createRoomBody = z
  .strictObject({
    name: roomName.optional().meta({ description: 'Chosen for you when absent.' }),
    maxParticipants: maxParticipants.default(100),
    metadata: attributes.default({}),
    locked: locked.default(false),
    password: roomPassword.optional(),
    region: roomRegion.optional(),
    emptyDurationSeconds: emptyDurationSeconds.optional(),
    maxDurationSeconds: maxDurationSeconds.optional(),
    autoEgress: autoEgress.optional(),
    autoRecord: autoRecord.default(false),
  })
  .meta({ id: 'CreateRoom' });

export const updateRoomBody = z
  .strictObject({
    maxParticipants: maxParticipants.optional(),
    metadata: attributes.optional().meta({ description: 'Takes the place of all metadata until now.' }),
    locked: locked.optional(),
    password: roomPassword.nullable().optional().meta({ description: 'A new password; null takes it away.' }),
    emptyDurationSeconds: emptyDurationSeconds.nullable().optional().meta({ description: 'Null takes it away.' }),
    maxDurationSeconds: maxDurationSeconds.nullable().optional().meta({
      description: 'Counted from when the room was created, too; null takes it away.',
    }),
    autoEgress: autoEgress.nullable().optional().meta({
      description:
        'Starts soon when somebody is in the room and none was started; null takes it away, and stops nothing.',
    }),
    autoRecord: autoRecord.optional(),
  })
  .meta({ id: 'UpdateRoom' });

export const roomPage = pageOf('RoomPage', roomSchema);
