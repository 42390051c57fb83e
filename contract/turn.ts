import * as z from 'zod';
import { iceServer } from './join.ts';
import { timestamp } from './time.ts';

export const createTurnCredentialsBody = z
  .strictObject({
    ttlSeconds: z.int().min(60).max(86_400).default(3600).meta({
      description: 'How long they open a relay, and keep one open.',
    }),
  })
  .meta({ id: 'CreateTurnCredentials' });

export const turnCredentials = z
  .object({
    iceServers: z.array(iceServer).meta({ description: 'For RTCPeerConnection; empty when there is no TURN server.' }),
    expiresAt: timestamp,
  })
  .meta({ id: 'TurnCredentials' });
