import { generateKeyPairSync } from 'node:crypto';
import { grantsSchema, JOIN_AUDIENCE, type JoinClaims, TOKEN_ISSUER } from '@muon/contract/token.ts';
import { describe, expect, test } from 'vitest';
import { Signer } from './signer.ts';

describe('a set of signing keys', () => {
  const [before, now, next] = [newKey(), newKey(), newKey()];
  const open = (...keys: object[]): Promise<Signer> => Signer.open(JSON.stringify({ keys }), Date.now);

  test('signs with the first, and takes back what any of them has signed', async () => {
    const signer = await open(now, next, before);
    const token = await signer.signJoin(claims());
    expect(await (await open(before, now)).verifyJoin(token)).toMatchObject({ room: 'rm_1' });
    expect(await signer.verifyJoin(await (await open(before)).signJoin(claims()))).toMatchObject({ room: 'rm_1' });
    await expect((await open(next, before)).verifyJoin(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('tells nodes all of them, and nothing secret', async () => {
    const { publicKeys } = await open(now, next, before);
    expect(new Set(publicKeys.map(({ kid }) => kid)).size).toBe(3);
    expect(JSON.stringify(publicKeys)).not.toContain('"d"');
  });

  test('is not empty', async () => {
    await expect(open()).rejects.toThrow();
  });
});

function newKey(): object {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
}

function claims(): JoinClaims {
  const seconds = Math.floor(Date.now() / 1000);
  const times = { iat: seconds, exp: seconds + 60 };
  const grants = grantsSchema.parse({});
  return { iss: TOKEN_ISSUER, aud: JOIN_AUDIENCE, room: 'rm_1', sub: 'ada', jti: 'x', grants, ...times };
}
