import * as z from 'zod';
import { idSchema } from './id.ts';
import { attributes, displayName, identity } from './identity.ts';
import { messageSchema } from './message.ts';
import { participantSchema, roomEvent } from './participant.ts';
import { permissionsSchema } from './permissions.ts';
import { roomName, roomReference } from './room.ts';
import { subscriptionState } from './subscription.ts';

/** One of the client's own tracks; `clientTrackId` is the MediaStreamTrack id in its SDP. */
const publication = z.object({ trackId: idSchema('track'), clientTrackId: z.string() });

/** All that a client needs to know to begin, or to go on after it missed something. */
export const roomState = z.object({
  room: z.object({ id: idSchema('room'), name: roomName }),
  /** The client's own participant. */
  participant: z.object({ identity, name: displayName, attributes }),
  permissions: permissionsSchema,
  /** The others. */
  participants: z.array(participantSchema),
  /** Own tracks that the room knows already. */
  published: z.array(publication),
  /** What `resume` takes: good for one time. */
  resumeToken: z.string(),
});

export type RoomState = z.infer<typeof roomState>;

/** How well somebody is connected; `lost` while their WebSocket or media is. */
export const connectionQuality = z.enum(['excellent', 'good', 'poor', 'lost']);

export type ConnectionQuality = z.infer<typeof connectionQuality>;

/** Params of our own notifications to clients that speak more than ion-sfu. */
export const signalNotices = {
  /** Follows the answer to `join`, before all other notices. */
  room: roomState,
  /** One of the client's own tracks is known to the room. */
  published: publication,
  /** A change in the room. */
  event: roomEvent,
  message: messageSchema,
  /** Who speaks, loudest first, all of them; `level` is the amplitude from 0 to 1 (RFC 6464). Only when it changes. */
  speakers: z.object({ speakers: z.array(z.object({ identity, level: z.number().min(0).max(1) })) }),
  /** Those whose connection is better or worse than it was, the own identity among them. */
  quality: z.object({ participants: z.array(z.object({ identity, quality: connectionQuality })) }),
  /** How a subscribed track is sent from now on. */
  subscription: subscriptionState,
  /** What the client may do from now on. */
  permissionsChanged: z.object({ permissions: permissionsSchema }),
  /** A moderator muted one of the client's tracks, or lifted that. */
  muted: z.object({ trackId: idSchema('track'), muted: z.boolean() }),
  /** A moderator sent the client to another room: it joins there with `token`, through `POST /v1/join`. */
  moved: z.object({ room: roomReference, token: z.string() }),
  /** A moderator sent the client away. */
  removed: z.object({ reason: z.string().optional() }),
} as const;

export type SignalNotice = keyof typeof signalNotices;
