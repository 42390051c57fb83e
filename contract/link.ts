import * as z from 'zod';
import { idSchema } from './id.ts';
import { displayName, identity, participantKind } from './identity.ts';
import { messageSchema, sendMessageParams } from './message.ts';
import { mediaKind, participantSchema, roomEvent, trackSource } from './participant.ts';
import { roomName } from './room.ts';
import { layerSchema } from './subscription.ts';

/**
 * A link joins a room without WebRTC: a WebSocket of this subprotocol on the node's `/link`, opened with an access
 * token whose grants include `link` (`Authorization: Bearer` or `?access_token=`). Text frames are these messages as
 * JSON; binary frames are batches of plain RTP and RTCP by track number (wire/link/frame.ts). Each side numbers the
 * tracks that it sends.
 *
 * The node refuses the upgrade with 401 or 403 as problem+json; later it closes with a code of {@link linkCloseCodes}.
 */
export const LINK_SUBPROTOCOL = 'muon.link.v1';

/** Under which id the RTP of a link tells how loud it is (RFC 6464); nodes take no other header extension. */
export const LINK_AUDIO_LEVEL_ID = 1;

/** The largest text frame either side may send: a message of the largest size, escaped, and what is around it. */
export const MAX_LINK_TEXT_BYTES = 192 * 1024;

/** The largest binary frame either side may send. */
export const MAX_LINK_BINARY_BYTES = 256 * 1024;

/** Why a link was closed by the node (RFC 6455 section 7.4.2: private use). */
export const linkCloseCodes = {
  protocolError: 4400,
  roomClosed: 4404,
  replaced: 4409,
  /** A moderator sent the participant away, or to another room. */
  removed: 4410,
  moved: 4411,
  tooSlow: 4413,
  draining: 4503,
} as const;

/** Number of a track within one direction of a link. */
export const trackNumber = z.int().min(0).max(65_535);

/** How a track's payload is coded; the payload type is the one in its RTP packets. */
export const codecSchema = z.object({
  mimeType: z.string().max(64),
  clockRate: z.int().min(1),
  channels: z.int().min(1).max(8).optional(),
  payloadType: z.int().min(0).max(127),
  /** As after `a=fmtp:` in SDP. */
  parameters: z.string().max(1024).optional(),
});

export type Codec = z.infer<typeof codecSchema>;

/** What the joining side sends. */
export const linkRequest = z.discriminatedUnion('type', [
  /** Announces a track; its packets follow under `number`. Answered by `published`. */
  z.object({
    type: z.literal('publish'),
    number: trackNumber,
    kind: mediaKind,
    source: trackSource,
    codec: codecSchema,
    muted: z.boolean().default(false),
  }),
  z.object({ type: z.literal('unpublish'), number: trackNumber }),
  z.object({ type: z.literal('setMuted'), number: trackNumber, muted: z.boolean() }),
  /** Asks for a track; answered by `subscribed`, then its packets follow. Again with another layer: changes it. */
  z.object({ type: z.literal('subscribe'), trackId: idSchema('track'), layer: layerSchema.optional() }),
  z.object({ type: z.literal('unsubscribe'), trackId: idSchema('track') }),
  /** Asks for a keyframe of a subscribed track. */
  z.object({ type: z.literal('requestKeyframe'), trackId: idSchema('track') }),
  /** Sends a message to some participants or all; a link loses none, so none is lossy. */
  sendMessageParams.omit({ lossy: true }).extend({ type: z.literal('sendMessage') }),
]);

export type LinkRequest = z.input<typeof linkRequest>;

/** What the node sends. */
export const linkNotice = z.discriminatedUnion('type', [
  /** First of all: who is there. Hidden participants are not shown. */
  z.object({
    type: z.literal('joined'),
    room: z.object({ id: idSchema('room'), name: roomName }),
    participant: z.object({ identity, name: displayName, kind: participantKind }),
    participants: z.array(participantSchema),
  }),
  z.object({ type: z.literal('published'), number: trackNumber, trackId: idSchema('track') }),
  z.object({ type: z.literal('subscribed'), trackId: idSchema('track'), number: trackNumber, codec: codecSchema }),
  z.object({ type: z.literal('unsubscribed'), trackId: idSchema('track'), number: trackNumber }),
  /** Somebody needs a keyframe of the track that this side publishes under `number`. */
  z.object({ type: z.literal('keyframeRequested'), number: trackNumber }),
  /** A change in the room. */
  z.object({ type: z.literal('event'), event: roomEvent }),
  /** A message of a participant, or of the room's owner. */
  messageSchema.extend({ type: z.literal('message') }),
  /** A request that was refused; `code` is stable. */
  z.object({
    type: z.literal('refused'),
    request: z.string(),
    code: z.enum([
      'track-not-found',
      'number-in-use',
      'codec-unsupported',
      'forbidden',
      'too-many-tracks',
      'participant-not-found',
      'message-too-large',
      'too-many-messages',
      'invalid-request',
    ]),
    message: z.string(),
  }),
]);

export type LinkNotice = z.infer<typeof linkNotice>;
