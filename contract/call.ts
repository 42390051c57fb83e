import * as z from 'zod';
import { idSchema } from './id.ts';
import { displayName, identity } from './identity.ts';
import { pageOf, pageQuery } from './page.ts';
import { revision } from './revision.ts';
import { roomName, roomReference } from './room.ts';
import { sipUser } from './sip.ts';
import { timestamp } from './time.ts';

export const callStatus = z.enum(['starting', 'ringing', 'active', 'ended', 'failed']).meta({
  description: '`starting` until the other side rings, `active` once it has answered; `ended` and `failed` are final.',
});

/** A call that was dialled out of a room. */
export const callSchema = z
  .object({
    id: idSchema('call'),
    status: callStatus,
    reason: z.string().optional().meta({ description: 'Why it ended or failed.' }),
    room: z.object({ id: idSchema('room'), name: roomName }),
    trunk: idSchema('trunk'),
    to: sipUser,
    from: sipUser.optional().meta({ description: 'The number that is shown to the other side.' }),
    identity: identity.meta({ description: 'Of the telephone in the room.' }),
    name: displayName,
    createdAt: timestamp,
    answeredAt: timestamp.optional(),
    endedAt: timestamp.optional(),
    revision,
  })
  .meta({ id: 'Call' });

export type Call = z.infer<typeof callSchema>;

export const createCallBody = z
  .strictObject({
    room: roomReference,
    trunk: idSchema('trunk'),
    to: sipUser.meta({ description: 'Whom to call.', example: '+491701234567' }),
    from: sipUser
      .optional()
      .meta({ description: 'Shown to the other side; the first number of the trunk when absent.' }),
    identity: identity
      .optional()
      .meta({ description: 'Of the telephone in the room; `sip:` and the id of the call when absent.' }),
    name: displayName.optional().meta({ description: 'What the others see; `Phone` when absent.' }),
  })
  .meta({ id: 'CreateCall' });

export const callQuery = pageQuery.extend({
  room: roomReference.optional().meta({ description: 'Only those of this room: its id or name.' }),
  status: callStatus.optional().meta({
    description: 'Only those that are so now. A page may then have fewer items than asked for, and others follow.',
  }),
});

export const callPage = pageOf('CallPage', callSchema);
