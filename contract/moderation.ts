import * as z from 'zod';
import { idSchema } from './id.ts';
import { attributes, displayName } from './identity.ts';
import { permissionChanges } from './permissions.ts';
import { banSeconds, MAX_BAN_SECONDS, removalReason } from './removal.ts';
import { roomReference } from './room.ts';

/** How the owner of a room changes a participant; what is left out stays. */
export const updateParticipantBody = z
  .strictObject({
    name: displayName.optional(),
    attributes: attributes.optional().meta({ description: 'Takes the place of all attributes until now.' }),
    permissions: permissionChanges.optional().meta({
      description: 'Holds when the participant comes back, too, until the room is empty.',
      example: { publish: false },
    }),
  })
  .meta({ id: 'UpdateParticipant' });

export const muteTrackBody = z
  .strictObject({
    trackId: idSchema('track'),
    muted: z
      .boolean()
      .default(true)
      .meta({ description: 'False lifts it: what the participant muted by itself stays muted.' }),
  })
  .meta({ id: 'MuteTrack' });

export const moveParticipantBody = z
  .strictObject({ room: roomReference.meta({ description: 'Id or name of the room to go to.' }) })
  .meta({ id: 'MoveParticipant' });

export const removeParticipantQuery = z.object({
  reason: removalReason.optional(),
  banSeconds: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_BAN_SECONDS)
    .default(0)
    .meta({ description: banSeconds.meta()?.description, example: 3600 }),
});
