import { grantsSchema, JOIN_AUDIENCE, TOKEN_ISSUER } from '@muon/contract/token.ts';
import type { Operations } from './operation.ts';
import { newSecret } from './random.ts';
import { findRoom } from './find-room.ts';

export const createToken: Operations['createToken'] = async (context, { params, body }) => {
  const { signer, clock, random } = context;
  const room = await findRoom(context, params.room);
  const iat = Math.floor(clock() / 1000);
  const exp = iat + body.ttlSeconds;
  const token = await signer.signJoin({
    iss: TOKEN_ISSUER,
    aud: JOIN_AUDIENCE,
    sub: body.identity,
    room: room.id,
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.attributes === undefined ? {} : { attributes: body.attributes }),
    grants: grantsSchema.parse(body.grants ?? {}),
    iat,
    exp,
    jti: newSecret(random),
  });
  return { token, expiresAt: new Date(exp * 1000).toISOString() };
};
