import * as z from 'zod';
import { attendanceSchema } from './attendance.ts';
import { callSchema, callStatus } from './call.ts';
import { egressStatus } from './egress.ts';
import { encodingSchema, layoutSchema, outputType } from './egress-template.ts';
import { idSchema } from './id.ts';
import { attributes, displayName, identity, participantKind } from './identity.ts';
import { recordingSchema } from './recording.ts';
import { roomName, roomReference } from './room.ts';
import { sipUser, trunkSchema } from './sip.ts';
import { usageReport } from './usage.ts';

/** Counts the starts of a node or gateway, so that a late message of an earlier life is told apart. Milliseconds since 1970 do. */
const generation = z.int().min(0);

/** Region of a node, as its operator names it. */
const region = z.string().min(1).max(64);

/** An Ed25519 public key as JWK (RFC 8037), with the `kid` that tokens name. */
export const publicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
});

export type PublicJwk = z.infer<typeof publicJwk>;

export const registerNodeBody = z.strictObject({
  id: idSchema('node'),
  generation,
  region,
  /** Where clients open their WebSocket. */
  url: z.url(),
  /** Where gateways open their links. */
  linkUrl: z.url(),
  /** How many participants it takes. */
  capacity: z.int().min(1),
});

export type RegisterNodeBody = z.infer<typeof registerNodeBody>;

export const nodeRegistered = z.object({
  /** Keys that sign access tokens; a token by any other is foreign. */
  tokenKeys: z.array(publicJwk),
  heartbeatIntervalMs: z.int().min(1),
});

export type NodeRegistered = z.infer<typeof nodeRegistered>;

/** How many reports one heartbeat carries. */
export const MAX_REPORTS = 200;

/** Somebody who is shown joined a room or, with `leftAt`, left it. */
export const attendanceReport = attendanceSchema.omit({ node: true }).extend({
  /** Counts the reports of one life of the node. */
  seq: z.int().min(1),
  room: z.object({ id: idSchema('room'), name: roomName }),
});

export type AttendanceReport = z.infer<typeof attendanceReport>;

/** What a node tells: which rooms it holds, under which epoch. */
export const nodeHeartbeatBody = z.strictObject({
  generation,
  rooms: z
    .array(z.strictObject({ id: idSchema('room'), epoch: z.int().min(1), participants: z.int().min(0) }))
    .max(10_000),
  /** Who came and went, in that order; told again until an answer came. */
  attendance: z.array(attendanceReport).max(MAX_REPORTS).default([]),
  /** What was used, told again until an answer came. */
  usage: usageReport.optional(),
});

export type NodeHeartbeatBody = z.input<typeof nodeHeartbeatBody>;

/** Something that was told of and is not kept: the teller does not hold what it is of, and has not lately. */
const refusedReport = z.object({ id: z.union([idSchema('room'), idSchema('recording')]), code: z.enum(['not-held']) });

export type RefusedReport = z.infer<typeof refusedReport>;

/** What a node is told, at every heartbeat again until it is so: which rooms are no longer its own. */
export const nodeHeartbeatAnswer = z.object({
  closeRooms: z.array(z.object({ id: idSchema('room'), reason: z.enum(['room-deleted', 'room-ended', 'room-moved']) })),
  tokenKeys: z.array(publicJwk),
  /** By room. */
  refused: z.array(refusedReport).default([]),
});

export type NodeHeartbeatAnswer = z.infer<typeof nodeHeartbeatAnswer>;

export const registerGatewayBody = z.strictObject({
  id: idSchema('gateway'),
  generation,
  region,
  service: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('sip'),
      /** Host and port after the `@` of a SIP URI. */
      address: z.string(),
    }),
    z.strictObject({
      kind: z.literal('rtmp'),
      /** Base under which `/{egress}/master.m3u8` is served. */
      hlsUrl: z.url(),
      /** Base under which `/{egress}` is pulled. */
      rtmpUrl: z.url(),
    }),
  ]),
  /** How many calls or programs it takes. */
  capacity: z.int().min(1),
});

export type RegisterGatewayBody = z.infer<typeof registerGatewayBody>;

export const gatewayRegistered = z.object({
  heartbeatIntervalMs: z.int().min(1),
  /** How long `awaitAssignments` waits; 0: heartbeats alone bring what is new. */
  longPollMs: z.int().min(0).default(0),
});

export type GatewayRegistered = z.infer<typeof gatewayRegistered>;

/** What became of a file; told again until an answer came. */
export const recordingReport = z.object({
  egress: idSchema('egress'),
  recording: recordingSchema.omit({ deletedAt: true }),
});

/** A file, by its broadcast and its own id. */
export const recordingName = z.strictObject({ egress: idSchema('egress'), recording: idSchema('recording') });

export type RecordingName = z.infer<typeof recordingName>;

/** How many files a gateway may be at; a bucket that took none for a day leaves some thousand. */
const MAX_UNFINISHED = 10_000;

export type RecordingReport = z.infer<typeof recordingReport>;

export const gatewayHeartbeatBody = z.strictObject({
  generation,
  egresses: z
    .array(z.strictObject({ id: idSchema('egress'), status: egressStatus, reason: z.string().max(512).optional() }))
    .max(1000),
  calls: z
    .array(z.strictObject({ id: idSchema('call'), status: callStatus, reason: z.string().max(512).optional() }))
    .max(1000)
    .default([]),
  recordings: z.array(recordingReport).max(MAX_REPORTS).default([]),
  /** Of a gateway that records: all files that it has to finish or to tell of. What it has told of before besides, it has lost. */
  unfinished: z.array(idSchema('recording')).max(MAX_UNFINISHED).optional(),
  /** The bucket that it brings files to: it deletes there also what others brought. */
  bucket: z.string().min(1).max(255).optional(),
  /** What it was told to delete and is gone. */
  deleted: z.array(recordingName).max(MAX_REPORTS).default([]),
});

export type GatewayHeartbeatBody = z.input<typeof gatewayHeartbeatBody>;

/** A program that a gateway is to run. */
export const egressAssignment = z.object({
  id: idSchema('egress'),
  room: z.object({ id: idSchema('room'), name: roomName }),
  layout: layoutSchema,
  encoding: encodingSchema,
  outputs: z.array(
    z.object({
      id: idSchema('output'),
      type: outputType,
      /** rtmp-pull: what the puller must show. */
      token: z.string().optional(),
    }),
  ),
  record: z.boolean().default(false),
});

export type EgressAssignment = z.infer<typeof egressAssignment>;

/** A call that a gateway is to make, or to keep up. */
export const callAssignment = callSchema
  .pick({ id: true, room: true, to: true, from: true, identity: true, name: true })
  .extend({
    /** Absent when it was deleted while the call goes on. */
    trunk: trunkSchema
      .pick({ address: true, transport: true, username: true })
      .extend({ password: z.string().optional() })
      .optional(),
  });

export type CallAssignment = z.infer<typeof callAssignment>;

/** Counts the changes of what a gateway is to run. */
const assignmentVersion = z.int().min(0);

/** All that the gateway is to run now; what it runs besides is to end. */
export const gatewayHeartbeatAnswer = z.object({
  /** At least so new is this answer. */
  version: assignmentVersion.default(0),
  egresses: z.array(egressAssignment),
  calls: z.array(callAssignment).default([]),
  /** Files that it is to delete, told until it has said that they are gone. */
  deleteRecordings: z.array(recordingName).default([]),
  /** By recording. */
  refused: z.array(refusedReport).default([]),
});

export type GatewayHeartbeatAnswer = z.infer<typeof gatewayHeartbeatAnswer>;

/** A gateway waits for something newer than what it has heard. */
export const awaitAssignmentsBody = z.strictObject({ generation, seen: assignmentVersion });

/** As of now: when it is newer, a heartbeat brings it. */
export const assignmentsAwaited = z.object({ version: assignmentVersion });

/** A gateway asks to join a room over a link. */
export const createLinkBody = z.strictObject({
  gateway: idSchema('gateway'),
  /** Of a telephone, what it dialled. */
  room: z.union([roomReference, sipUser]),
  /** Of a telephone, its number if it is told. */
  caller: sipUser.optional(),
  identity,
  name: displayName,
  kind: participantKind,
  hidden: z.boolean().default(false),
  attributes: attributes.default({}),
});

export type CreateLinkBody = z.input<typeof createLinkBody>;

export const linkCreated = z.object({
  /** The node's `/link`. */
  url: z.url(),
  accessToken: z.string(),
  room: z.object({ id: idSchema('room'), name: roomName }),
});

export type LinkCreated = z.infer<typeof linkCreated>;

/**
 * `Authorization` of an internal request: `Muon-HMAC-SHA256 t=<unix seconds>,v=<hex>`, where v is the HMAC of
 * {@link internalSigningInput} under the secret that the machine's processes share. On AWS, IAM signs instead.
 */
export const INTERNAL_AUTH_SCHEME = 'Muon-HMAC-SHA256';

/** What the sender of an internal request signs. */
export function internalSigningInput(unixSeconds: number, method: string, path: string, body: string): string {
  return `${unixSeconds}\n${method}\n${path}\n${body}`;
}

/** How old a signed internal request may be. */
export const INTERNAL_AUTH_WINDOW_SECONDS = 60;
