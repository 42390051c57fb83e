import { createHmac } from 'node:crypto';
import type { iceServer } from '@muon/contract/join.ts';
import type * as z from 'zod';
import type { Context } from './context.ts';
import type { Operations } from './operation.ts';

type IceServer = z.infer<typeof iceServer>;

/** The TURN servers, and the secret that they know (coturn's `static-auth-secret`). */
export interface TurnServers {
  /** `turn:` and `turns:` URIs (RFC 7065); none, and no credentials are made. */
  readonly urls: readonly string[];
  readonly secret: string;
}

/** Longer than any call: a relay is refreshed with the credentials that opened it. */
const JOIN_TTL_SECONDS = 86_400;

export const createTurnCredentials: Operations['createTurnCredentials'] = async (context, { body }) => ({
  iceServers: toIceServers(context, body.ttlSeconds),
  expiresAt: new Date(expiryOf(context, body.ttlSeconds) * 1000).toISOString(),
});

/** What a client needs to get through a network that lets nothing else pass (draft-uberti-behave-turn-rest-00). */
export function toIceServers(context: Context, ttlSeconds = JOIN_TTL_SECONDS): IceServer[] {
  const { urls, secret } = context.turn;
  if (urls.length === 0) return [];
  // Not the participant's name: the TURN server's log is nobody's business.
  const username = `${expiryOf(context, ttlSeconds)}:${Buffer.from(context.random(9)).toString('base64url')}`;
  const credential = createHmac('sha1', secret).update(username).digest('base64');
  return [{ urls: [...urls], username, credential }];
}

/** In seconds since 1970. */
function expiryOf({ clock }: Context, ttlSeconds: number): number {
  return Math.floor(clock() / 1000) + ttlSeconds;
}
