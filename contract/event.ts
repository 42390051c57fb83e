import * as z from 'zod';
import { attendanceSchema } from './attendance.ts';
import { callSchema } from './call.ts';
import { egressSchema } from './egress.ts';
import { idSchema } from './id.ts';
import { nodeSchema } from './node.ts';
import { roomEndReason, roomName, roomSchema } from './room.ts';
import { timestamp } from './time.ts';

const deletedRoom = z.object({ id: idSchema('room'), name: roomName }).meta({ id: 'DeletedRoom' });

const endedRoom = deletedRoom.extend({ reason: roomEndReason }).meta({ id: 'EndedRoom' });

const testData = z.object({ message: z.string() }).meta({ id: 'TestEventData' });

/** Everything that webhooks are told: when it happens, and what `data` of the event is. */
export const events = {
  'room.created': { description: 'A room was created.', data: roomSchema },
  'room.updated': { description: 'A room was changed; `data` is the room as it is now.', data: roomSchema },
  'room.deleted': { description: 'A room was deleted.', data: deletedRoom },
  'room.ended': { description: 'A room ended by itself, and is gone; `reason` says why.', data: endedRoom },
  'participant.joined': { description: 'Somebody who is shown has joined a room.', data: attendanceSchema },
  'participant.left': {
    description: 'Somebody who was shown has left a room; `reason` says how.',
    data: attendanceSchema,
  },
  'egress.started': { description: 'The first picture of a broadcast is out.', data: egressSchema },
  'egress.ended': { description: 'A broadcast was stopped; `reason` says by what.', data: egressSchema },
  'egress.failed': { description: 'A broadcast ended by a failure; `reason` says which.', data: egressSchema },
  'egress.recorded': {
    description: 'A file of a broadcast is ready or has failed; see its `recordings`.',
    data: egressSchema,
  },
  'call.answered': { description: 'A call out of a room was answered.', data: callSchema },
  'call.ended': { description: 'A call out of a room is over; `reason` says why.', data: callSchema },
  'call.failed': { description: 'A call out of a room came to nothing; `reason` says why.', data: callSchema },
  'node.registered': { description: 'A media node has started, for the first time or again.', data: nodeSchema },
  'node.ready': { description: 'A node takes rooms again.', data: nodeSchema },
  'node.cordoned': { description: 'A node takes no new rooms from now on.', data: nodeSchema },
  'node.draining': { description: 'A node is to be emptied; its rooms have some time.', data: nodeSchema },
  'node.drained': { description: 'A node that is to be emptied holds no rooms any more.', data: nodeSchema },
  'node.lost': { description: 'A node that was in use is not heard of any more.', data: nodeSchema },
  'node.ended': { description: 'A node that was drained is not heard of any more.', data: nodeSchema },
  'webhook.test': { description: 'You asked for a test of the webhook; other webhooks are not told.', data: testData },
} as const satisfies Record<string, { readonly description: string; readonly data: z.ZodType }>;

export type EventType = keyof typeof events;

export const eventTypes = Object.keys(events) as [EventType, ...EventType[]];

/** Later versions may add some. */
export const eventType = z.enum(eventTypes).meta({ open: true });

/** Which of the events: one type, all of a kind, or all. A test is told whatever the filter. */
export const eventPattern = z
  .enum([...eventTypes, 'room.*', 'participant.*', 'egress.*', 'call.*', 'node.*', '*'])
  .meta({ open: true });

export type EventPattern = z.infer<typeof eventPattern>;

/** Whether events of `type` are among those that `pattern` names. */
export function isNamedBy(type: EventType, pattern: EventPattern): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

/** What every event says of itself. */
export const eventHead = z.object({
  id: idSchema('event').meta({
    description: 'The same at every attempt: whoever has seen it may drop it. Also the header `webhook-id`.',
  }),
  type: eventType,
  createdAt: timestamp,
  room: z
    .object({ id: idSchema('room'), name: roomName })
    .optional()
    .meta({ description: 'Where it happened; events of one room come in their order.' }),
});

/** The body of a request to a webhook. */
export const eventSchema = eventHead
  .extend({ data: z.union([roomSchema, endedRoom, deletedRoom, egressSchema, nodeSchema, testData]) })
  .meta({ id: 'Event' });
