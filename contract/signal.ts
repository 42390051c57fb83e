import * as z from 'zod';
import { idSchema } from './id.ts';
import { displayName, identity } from './identity.ts';
import { sendMessageParams } from './message.ts';
import { trackName, trackSource } from './participant.ts';
import { permissionChanges } from './permissions.ts';
import { banSeconds, removalReason } from './removal.ts';
import { roomReference } from './room.ts';
import { subscriptionWish } from './subscription.ts';

/**
 * Signalling of browsers and SDKs on the node's `/ws?access_token=…`: JSON-RPC 2.0 over WebSocket with the verbs of
 * ion-sfu (join, offer, answer, trickle; a publisher and a subscriber peer connection). A client that offers this
 * subprotocol also gets the notifications and methods that ion-sfu lacks; a stock client never sees them.
 * docs/signalling.md tells it from a client's side.
 */
export const SIGNAL_SUBPROTOCOL = 'muon.signal.v1';

/** The largest text frame a client may send: a message of the largest size, every character of it escaped. */
export const MAX_SIGNAL_BYTES = 512 * 1024;

/**
 * Why the node closed the WebSocket (RFC 6455 section 7.4.2: private use). The close reason is a problem code, or with
 * `roomClosed` what happened to the room (`room-deleted`, `room-ended`, `room-moved`), with `mediaLost` what to the
 * media, and `join-timeout` with `invalidRequest` when the client did not join.
 */
export const signalCloseCodes = {
  invalidRequest: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  roomClosed: 4404,
  /** A peer connection did not come up, or broke; joining again makes new ones. */
  mediaLost: 4408,
  /** The same identity joined again, or the session goes on over another WebSocket. */
  replaced: 4409,
  /** A moderator removed the participant; the notice `removed` told why. */
  removed: 4410,
  /** A moderator moved the participant; the notice `moved` told where. */
  moved: 4411,
  tooSlow: 4413,
  tooManyRequests: 4429,
  draining: 4503,
} as const;

/** Label of the data channel on the subscriber connection whose opening ends `join` in ion-sdk-js. */
export const API_CHANNEL_LABEL = 'ion-sfu';

/** How long a session whose WebSocket broke waits to be resumed, while its media goes on. */
export const RESUME_WINDOW_MS = 30_000;

const sdp = z.string().max(MAX_SIGNAL_BYTES);

export const offerDescription = z.object({ type: z.literal('offer'), sdp });
export const answerDescription = z.object({ type: z.literal('answer'), sdp });

/** What each published track is, by its MediaStreamTrack id in the offer. */
const tracks = z
  .record(
    z.string().max(256),
    z.object({ source: trackSource.optional(), name: trackName.optional(), muted: z.boolean().optional() }),
  )
  .optional();

/** Which of the two peer connections: 0 publisher, 1 subscriber. */
export const targetSchema = z.union([z.literal(0), z.literal(1)]);

export const candidateInit = z.object({
  candidate: z.string().max(1024),
  sdpMid: z.string().max(64).nullish(),
  sdpMLineIndex: z.int().min(0).max(1024).nullish(),
  usernameFragment: z.string().max(256).nullish(),
});

const trackId = idSchema('track');
const trackIds = z.array(trackId).min(1).max(256);

/** Changes of attributes; null takes one away. */
const attributeChanges = z.record(z.string().max(64), z.string().max(1024).nullable());

/** Params of each method a client may call; all but the first four are ours. */
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
        /** Sends only what `subscribe` asks for. */
        NoAutoSubscribe: z.boolean().optional(),
      })
      .nullish(),
    tracks,
  }),
  offer: z.object({ desc: offerDescription, tracks }),
  answer: z.object({ desc: answerDescription }),
  trickle: z.object({ target: targetSchema, candidate: candidateInit }),
  /** Tells the others that an own track is (un)muted. */
  mute: z.object({ trackId, muted: z.boolean() }),
  /** Leaves at once; the node closes the socket. */
  leave: z.object({}).optional(),
  /** Does nothing; answered with the node's clock, as `timeMs` since 1970. */
  ping: z.object({}).optional(),
  /** First of all on a new WebSocket, in place of `join`: goes on with a session; answered with the state as `room` is. */
  resume: z.object({ resumeToken: z.string().max(128) }),
  /** Asks for a subscriber offer with new ICE credentials; on the publisher connection the client offers its own. */
  restartIce: z.object({}).optional(),
  subscribe: z.object({ trackIds }),
  unsubscribe: z.object({ trackIds }),
  /** Says how a subscribed track is wanted. */
  setSubscription: subscriptionWish.extend({ trackId }),
  /** Changes the own name and attributes. */
  updateSelf: z.object({ name: displayName.optional(), attributes: attributeChanges.optional() }),
  /** Answered, once it is on its way, with how many `recipients` it has and who of `to` is `missing`. */
  sendMessage: sendMessageParams,
  /** Moderators: mutes somebody's track for everybody, or lifts that. */
  muteTrack: z.object({ trackId, muted: z.boolean() }),
  /** Moderators: changes what somebody may do; what is left out stays. */
  setPermissions: z.object({ identity, permissions: permissionChanges }),
  /** Moderators: sends somebody away, and refuses the identity for so long. */
  removeParticipant: z.object({ identity, reason: removalReason.optional(), banSeconds: banSeconds.optional() }),
  /** Moderators: sends somebody to another room; `token` is a join token for it, made by the application's back end. */
  moveParticipant: z.object({ identity, room: roomReference, token: z.string().max(8192) }),
} as const;

export type SignalMethod = keyof typeof signalParams;
