import { grantsSchema, JOIN_AUDIENCE, type JoinClaims, TOKEN_ISSUER } from '@muon/contract/token.ts';
import type { Room } from '../domain/room.ts';
import type { Context } from './context.ts';
import type { Operations } from './operation.ts';
import { newSecret } from './random.ts';
import { findRoom } from './find-room.ts';

export const createToken: Operations['createToken'] = async (context, { params, body }) =>
  mintJoin(context, await findRoom(context, params.room), { ...body, grants: grantsSchema.parse(body.grants ?? {}) });

interface Joiner extends Pick<JoinClaims, 'name' | 'attributes' | 'grants' | 'admitted'> {
  readonly identity: string;
  readonly ttlSeconds: number;
}

/** A token with which somebody joins a room. */
export async function mintJoin(
  { signer, clock, random }: Context,
  room: Room,
  { identity, name, attributes, grants, admitted, ttlSeconds }: Joiner,
): Promise<{ readonly token: string; readonly expiresAt: string }> {
  const iat = Math.floor(clock() / 1000);
  const exp = iat + ttlSeconds;
  const token = await signer.signJoin({
    iss: TOKEN_ISSUER,
    aud: JOIN_AUDIENCE,
    sub: identity,
    room: room.id,
    ...(name === undefined ? {} : { name }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(admitted === undefined ? {} : { admitted }),
    grants,
    iat,
    exp,
    jti: newSecret(random),
  });
  return { token, expiresAt: new Date(exp * 1000).toISOString() };
}
