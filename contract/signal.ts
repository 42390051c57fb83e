import * as z from 'zod';
import { idSchema } from './id.ts';
import { displayName, identity } from './identity.ts';
import { participantSchema, roomEvent, trackSource } from './participant.ts';
import { roomName } from './room.ts';

/**
 * Signalling of browsers and SDKs on the node's `/ws?access_token=…`: JSON-RPC 2.0 over WebSocket with the verbs of
 * ion-sfu (join, offer, answer, trickle; a publisher and a subscriber peer connection). A client that offers this
 * subprotocol also gets the notifications and methods that ion-sfu lacks; a stock client never sees them.
 */
export const SIGNAL_SUBPROTOCOL = 'muon.signal.v1';

/** The largest text frame a client may send. */
export const MAX_SIGNAL_BYTES = 256 * 1024;

/**
 * Why the node closed the WebSocket (RFC 6455 section 7.4.2: private use). The close reason is a problem code, or with
 * `roomClosed` what happened to the room (`room-deleted`, `room-moved`), with `mediaLost` what to the media.
 */
export const signalCloseCodes = {
  invalidRequest: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  roomClosed: 4404,
  /** A peer connection did not come up, or broke; joining again makes new ones. */
  mediaLost: 4408,
  replaced: 4409,
  tooSlow: 4413,
  tooManyRequests: 4429,
  draining: 4503,
} as const;

/** Label of the data channel on the subscriber connection whose opening ends `join` in ion-sdk-js. */
export const API_CHANNEL_LABEL = 'ion-sfu';

const sdp = z.string().max(MAX_SIGNAL_BYTES);

export const offerDescription = z.object({ type: z.literal('offer'), sdp });
export const answerDescription = z.object({ type: z.literal('answer'), sdp });

/** Source of each published track, by its MediaStreamTrack id. */
const sources = z.record(z.string().max(256), trackSource).optional();

/** Which of the two peer connections: 0 publisher, 1 subscriber. */
export const targetSchema = z.union([z.literal(0), z.literal(1)]);

export const candidateInit = z.object({
  candidate: z.string().max(1024),
  sdpMid: z.string().max(64).nullish(),
  sdpMLineIndex: z.int().min(0).max(1024).nullish(),
  usernameFragment: z.string().max(256).nullish(),
});

/** Params of each method a client may call. */
export const signalParams = {
  join: z.object({
    /** Id or name of the token's room. */
    sid: z.string().max(128),
    /** The token decides the identity; this is ignored. */
    uid: z.string().max(256).nullish(),
    offer: offerDescription.optional(),
    config: z
      .object({
        NoPublish: z.boolean().optional(),
        NoSubscribe: z.boolean().optional(),
        NoAutoSubscribe: z.boolean().optional(),
      })
      .nullish(),
    sources,
  }),
  offer: z.object({ desc: offerDescription, sources }),
  answer: z.object({ desc: answerDescription }),
  trickle: z.object({ target: targetSchema, candidate: candidateInit }),
  /** Ours: tells the others that a published track is (un)muted. */
  mute: z.object({ trackId: idSchema('track'), muted: z.boolean() }),
  /** Ours: leaves at once; the node closes the socket. */
  leave: z.object({}).optional(),
} as const;

export type SignalMethod = keyof typeof signalParams;

/** Params of our own notifications to clients of {@link SIGNAL_SUBPROTOCOL}. */
export const signalNotices = {
  /** Who is in the room; follows the answer to `join`. `tracks` of the own participant map to the msid track id. */
  room: z.object({
    room: z.object({ id: idSchema('room'), name: roomName }),
    participant: z.object({ identity, name: displayName }),
    participants: z.array(participantSchema),
  }),
  /** One of the client's own tracks is known to the room; `clientTrackId` is the MediaStreamTrack id in its SDP. */
  published: z.object({ trackId: idSchema('track'), clientTrackId: z.string() }),
  /** A change in the room. */
  event: roomEvent,
} as const;

/** Error codes: JSON-RPC 2.0's own, and HTTP's for what the request was refused for; `data.code` is stable. */
export const rpcErrorCodes = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  unauthenticated: 401,
  forbidden: 403,
  roomNotFound: 404,
  conflict: 409,
  internal: 500,
} as const;
