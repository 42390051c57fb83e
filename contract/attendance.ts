import * as z from 'zod';
import { idSchema } from './id.ts';
import { attributes, displayName, identity, participantKind } from './identity.ts';
import { timestamp } from './time.ts';

/** Why somebody is no longer in a room. */
const leaveReason = z.enum(['left', 'removed', 'moved', 'replaced', 'roomClosed', 'draining', 'tooSlow']).meta({
  description:
    '`left`: by itself, or it was lost. `replaced`: the same identity joined again. `roomClosed`: the room was deleted, has ended, or is on another node.',
});

/** Who came to a room or went. */
export const attendanceSchema = z
  .object({
    identity,
    name: displayName,
    kind: participantKind,
    attributes,
    node: idSchema('node'),
    joinedAt: timestamp,
    leftAt: timestamp.optional(),
    reason: leaveReason.optional(),
  })
  .meta({ id: 'Attendance' });
