import * as z from 'zod';
import { attributes, displayName, identity } from './identity.ts';
import { idSchema } from './id.ts';
import { messageDelivery, ownerMessage } from './message.ts';
import { participantStats } from './participant-stats.ts';
import { permissionChanges } from './permissions.ts';
import type { ProblemCode } from './problem.ts';
import { banSeconds, removalReason } from './removal.ts';
import { roomReference } from './room.ts';
import { grantsSchema } from './token.ts';

/**
 * What the control plane asks of a node for a room, at `POST /rooms/{room}/commands/{command}` with a token of
 * `nodeClaims`: params as the body, the answer as that of the response.
 */
export const roomCommands = {
  /** What is left out stays. */
  updateParticipant: {
    params: z.object({
      identity,
      name: displayName.optional(),
      attributes: attributes.optional(),
      permissions: permissionChanges.optional(),
    }),
    answer: participantStats,
  },
  muteTrack: {
    params: z.object({ identity, trackId: idSchema('track'), muted: z.boolean() }),
    answer: participantStats,
  },
  /** What the participant would need for a token like its own; refused when it cannot be moved. */
  describeMovable: {
    params: z.object({ identity }),
    answer: z.object({ name: displayName, attributes, grants: grantsSchema }),
  },
  moveParticipant: {
    params: z.object({ identity, room: roomReference, token: z.string() }),
    answer: z.object({}),
  },
  removeParticipant: {
    params: z.object({ identity, reason: removalReason.optional(), banSeconds: banSeconds.default(0) }),
    answer: z.object({}),
  },
  sendMessage: { params: ownerMessage, answer: messageDelivery },
} as const;

export type RoomCommand = keyof typeof roomCommands;
export type RoomCommandParams<Name extends RoomCommand> = z.output<(typeof roomCommands)[Name]['params']>;
export type RoomCommandAnswer<Name extends RoomCommand> = z.output<(typeof roomCommands)[Name]['answer']>;

/** Why a node refuses a command; any other refusal is a fault between it and the control plane. */
export const roomCommandProblems = [
  'participant-not-found',
  'track-not-found',
  'participant-not-movable',
  'message-too-large',
] as const satisfies readonly ProblemCode[];
