import * as z from 'zod';
import { idSchema } from './id.ts';
import { attributes, displayName, identity, participantKind } from './identity.ts';
import { trackSchema } from './participant.ts';
import { permissionsSchema } from './permissions.ts';
import { connectionQuality } from './signal-notice.ts';
import { layerSchema, subscriptionState } from './subscription.ts';
import { timestamp } from './time.ts';

const bitrateBps = z.int().min(0).meta({ description: 'In bit/s, over the last second.' });
const lossFraction = z.number().min(0).max(1).meta({ description: 'Share of packets lost, from 0 to 1.' });
const rttMs = z.number().min(0).meta({ description: 'There and back, in milliseconds.' });
const jitterMs = z.number().min(0).meta({ description: 'As RFC 3550 has it, in milliseconds.' });

/** One layer of a track as it comes in; its bitrate is what a subscriber at that layer is sent. */
const layerStats = layerSchema.required({ temporal: true }).extend({
  bitrateBps,
  width: z.int().min(1).optional(),
  height: z.int().min(1).optional(),
});

/** A published track, and how it comes in. */
const trackStats = trackSchema
  .pick({ id: true, kind: true, source: true, name: true, muted: true, mutedByModerator: true, mimeType: true })
  .extend({
    bitrateBps: bitrateBps.meta({ description: 'Of all its layers, in bit/s, over the last second.' }),
    lossFraction: lossFraction.optional(),
    rttMs: rttMs.optional(),
    jitterMs: jitterMs.optional(),
    layers: z.array(layerStats).meta({ description: 'Those that come in now, lowest first.' }),
  })
  .meta({ id: 'PublishedTrack' });

/** How a participant is in the room. */
export const participantConnection = z
  .enum(['webrtc', 'whip', 'whep', 'link'])
  .meta({ description: '`link`: a telephone, a broadcast or the like.' });

/** A participant, and how it fares. */
export const participantStats = z
  .object({
    identity,
    name: displayName,
    kind: participantKind,
    attributes,
    connection: participantConnection,
    joinedAt: timestamp,
    permissions: permissionsSchema.meta({
      description: 'What it may do now: what its token says, until a moderator or you change it.',
    }),
    quality: connectionQuality
      .optional()
      .meta({ description: 'As the others are told; absent while it is not known.' }),
    tracks: z.array(trackStats),
    subscriptions: z
      .array(
        z.object({
          trackId: idSchema('track'),
          state: subscriptionState.shape.state,
          reason: subscriptionState.shape.reason,
          layer: layerSchema.optional().meta({ description: 'What is sent of a video now.' }),
        }),
      )
      .meta({ description: 'What it is sent of the others.' }),
    receiving: z
      .object({
        estimateBps: z.int().min(0).optional().meta({ description: 'What its network is thought to bear, in bit/s.' }),
        sendBps: bitrateBps,
        rttMs: rttMs.optional(),
        lossFraction,
      })
      .optional()
      .meta({ description: 'How what it is sent reaches it; absent for links and before the first packet.' }),
  })
  .meta({ id: 'Participant' });

export type ParticipantStats = z.infer<typeof participantStats>;

export const participantList = z.object({ data: z.array(participantStats) }).meta({ id: 'ParticipantList' });
