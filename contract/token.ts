import * as z from 'zod';
import { idSchema } from './id.ts';
import { attributes, displayName, identity, participantKind } from './identity.ts';
import { iceServer } from './join.ts';
import { trackSource } from './participant.ts';
import { timestamp } from './time.ts';

/** What the holder of a token may do in the room. */
export const grantsSchema = z
  .object({
    publish: z.boolean().default(true).meta({ description: 'May send audio and video.' }),
    subscribe: z.boolean().default(true).meta({ description: 'May receive the others.' }),
    data: z.boolean().default(true).meta({ description: 'May send messages.' }),
    sources: z
      .array(trackSource)
      .max(trackSource.options.length)
      .optional()
      .meta({ description: 'Which kinds of track may be published; all when absent.', example: ['microphone'] }),
    updateSelf: z
      .boolean()
      .default(true)
      .meta({ description: 'May change its own name, and attributes that its token did not give.' }),
    admin: z
      .boolean()
      .default(false)
      .meta({ description: 'May mute, remove and move the others, and change what they may do.' }),
    hidden: z.boolean().default(false).meta({ description: 'Is not shown to the others.' }),
    link: z.boolean().default(false).meta({ description: 'May join over a link instead of WebRTC.' }),
  })
  .meta({ id: 'Grants' });

export type Grants = z.infer<typeof grantsSchema>;

export const createTokenBody = z
  .strictObject({
    identity,
    name: displayName.optional(),
    attributes: attributes.optional(),
    grants: grantsSchema.partial().optional(),
    ttlSeconds: z
      .int()
      .min(1)
      .max(86_400 * 30)
      .default(3600)
      .meta({ description: 'How long the token can be used to join.' }),
  })
  .meta({ id: 'CreateToken' });

export const createdToken = z
  .object({ token: z.string().meta({ description: 'Give this to the participant.' }), expiresAt: timestamp })
  .meta({ id: 'Token' });

/** How long an access token opens a connection to its node; a client that reconnects later joins again. */
export const ACCESS_TOKEN_TTL_SECONDS = 120;

/** `iss` of both kinds of token. */
export const TOKEN_ISSUER = 'muon';

/** `aud` of a join token; an access token's is the id of its node. */
export const JOIN_AUDIENCE = 'muon:join';

const claims = {
  iss: z.literal(TOKEN_ISSUER),
  sub: identity,
  room: idSchema('room'),
  name: displayName.optional(),
  attributes: attributes.optional(),
  grants: grantsSchema,
  iat: z.int(),
  exp: z.int(),
  jti: z.string(),
};

/** What a join token says: an EdDSA JWT that the control plane mints and takes back at `POST /v1/join`. */
export const joinClaims = z.object({
  ...claims,
  aud: z.literal(JOIN_AUDIENCE),
  /** Whoever minted it lets its holder in, lock and password or not. */
  admitted: z.boolean().optional(),
});

export type JoinClaims = z.infer<typeof joinClaims>;

/** What an access token says: an EdDSA JWT for one node, room, participant and allocation. */
export const accessClaims = z.object({
  ...claims,
  aud: idSchema('node'),
  roomName: z.string(),
  kind: participantKind,
  epoch: z.int().min(1),
  maxParticipants: z.int().min(1),
  /** For clients that are told of them by the node (RFC 9725 section 4.6). */
  iceServers: z.array(iceServer).optional(),
});

/** How long a node answers to a token of {@link nodeClaims}. */
export const NODE_TOKEN_TTL_SECONDS = 30;

/** What the control plane may ask of a node: how participants fare, or to change something. */
export const nodeScope = z.enum(['participants:read', 'room:command']);

export type NodeScope = z.infer<typeof nodeScope>;

/** What the control plane shows a node when it asks for something: for one node and room. */
export const nodeClaims = z.object({
  iss: claims.iss,
  aud: idSchema('node'),
  room: claims.room,
  scope: nodeScope,
  iat: claims.iat,
  exp: claims.exp,
  jti: claims.jti,
});

export type NodeClaims = z.infer<typeof nodeClaims>;

export type AccessClaims = z.infer<typeof accessClaims>;
