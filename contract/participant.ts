import * as z from 'zod';
import { idSchema } from './id.ts';
import { attributes, displayName, identity } from './identity.ts';
import { participantKind } from './token.ts';

export const mediaKind = z.enum(['audio', 'video']);
export type MediaKind = z.infer<typeof mediaKind>;

export const trackSource = z.enum(['microphone', 'camera', 'screen', 'screen-audio', 'other']);
export type TrackSource = z.infer<typeof trackSource>;

/** One audio or video source of a participant, as the others see it. */
export const trackSchema = z.object({
  id: idSchema('track'),
  kind: mediaKind,
  source: trackSource,
  muted: z.boolean(),
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
  z.object({ type: z.literal('participantLeft'), identity }),
  z.object({ type: z.literal('trackPublished'), identity, track: trackSchema }),
  z.object({ type: z.literal('trackChanged'), identity, track: trackSchema }),
  z.object({ type: z.literal('trackUnpublished'), identity, trackId: idSchema('track') }),
]);

export type RoomEvent = z.infer<typeof roomEvent>;
