import * as z from 'zod';
import { idSchema } from './id.ts';
import { attributes, displayName, identity, participantKind } from './identity.ts';

export const mediaKind = z.enum(['audio', 'video']);
export type MediaKind = z.infer<typeof mediaKind>;

export const trackSource = z.enum(['microphone', 'camera', 'screen', 'screen-audio', 'other']);
export type TrackSource = z.infer<typeof trackSource>;

/** What a publisher calls a track; for people and for programs. */
export const trackName = z.string().min(1).max(128);

/** One audio or video source of a participant, as the others see it. */
export const trackSchema = z.object({
  id: idSchema('track'),
  kind: mediaKind,
  source: trackSource,
  /** What the publisher calls it. */
  name: trackName.optional(),
  /** By the publisher or by a moderator. */
  muted: z.boolean(),
  /** A moderator muted it: nothing of it is forwarded until a moderator lifts that. */
  mutedByModerator: z.boolean().optional(),
  /** MIME type of the codec, as `video/VP8`. */
  mimeType: z.string(),
  /** `stream id` and `track id` under which WebRTC subscribers receive it (RFC 8830 msid). */
  msid: z.string(),
});

export type Track = z.infer<typeof trackSchema>;

/** A participant as the others see it. */
export const participantSchema = z.object({
  identity,
  name: displayName,
  kind: participantKind,
  attributes,
  tracks: z.array(trackSchema),
});

export type Participant = z.infer<typeof participantSchema>;

/** What changes in a room; sent to clients and links alike, after a snapshot of all participants. */
export const roomEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('participantJoined'), participant: participantSchema }),
  /** Another name or other attributes; sent to the participant itself, too. */
  z.object({ type: z.literal('participantChanged'), identity, name: displayName, attributes }),
  z.object({ type: z.literal('participantLeft'), identity }),
  z.object({ type: z.literal('trackPublished'), identity, track: trackSchema }),
  z.object({ type: z.literal('trackChanged'), identity, track: trackSchema }),
  z.object({ type: z.literal('trackUnpublished'), identity, trackId: idSchema('track') }),
]);

export type RoomEvent = z.infer<typeof roomEvent>;
