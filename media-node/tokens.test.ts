import type { PublicJwk } from '@muon/contract/internal.ts';
import { grantsSchema, type AccessClaims } from '@muon/contract/token.ts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { AccessTokens } from './tokens.ts';

interface Signer {
  readonly privateKey: CryptoKey;
  readonly jwk: PublicJwk;
}

const nowSeconds = Math.floor(Date.now() / 1000);
const claims: AccessClaims = {
  iss: 'muon',
  aud: 'nd_test',
  sub: 'ada',
  room: 'rm_test',
  roomName: 'algebra',
  kind: 'standard',
  grants: grantsSchema.parse({}),
  epoch: 1,
  maxParticipants: 10,
  iat: nowSeconds,
  exp: nowSeconds + 60,
  jti: 'jti',
};

let ours: Signer;
let foreign: Signer;
let tokens: AccessTokens;

beforeAll(async () => {
  ours = await newSigner('ours');
  foreign = await newSigner('ours');
  tokens = new AccessTokens('nd_test');
  tokens.trust([ours.jwk]);
});

describe('an access token', () => {
  test('gives its claims', async () => {
    await expect(tokens.verify(await sign(ours, claims))).resolves.toEqual(claims);
  });

  test.each([
    ['expired', 'token-expired', () => sign(ours, { ...claims, exp: nowSeconds - 60 })],
    ['signed by another key', 'unauthenticated', () => sign(foreign, claims)],
    ['for another node', 'forbidden', () => sign(ours, { ...claims, aud: 'nd_other' })],
    ['of another issuer', 'unauthenticated', () => sign(ours, { ...claims, iss: 'else' })],
    ['without an epoch', 'unauthenticated', () => sign(ours, { ...claims, epoch: undefined })],
    ['unsigned', 'unauthenticated', () => unsigned(claims)],
    ['absent', 'unauthenticated', () => undefined],
    ['garbage', 'unauthenticated', () => 'eyJ.garbage.\0'],
  ])('that is %s is refused as %s', async (_, code, token) => {
    await expect(tokens.verify(await token())).rejects.toMatchObject({ code });
  });

  test('is refused once its key is no longer trusted', async () => {
    const rotated = new AccessTokens('nd_test');
    rotated.trust([ours.jwk]);
    rotated.trust([]);
    await expect(rotated.verify(await sign(ours, claims))).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

async function newSigner(kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x } = await exportJWK(publicKey);
  return { privateKey, jwk: { kty: 'OKP', crv: 'Ed25519', x: x!, kid } };
}

function sign(signer: Signer, payload: object): Promise<string> {
  return new SignJWT({ ...payload }).setProtectedHeader({ alg: 'EdDSA', kid: signer.jwk.kid }).sign(signer.privateKey);
}

function unsigned(payload: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(payload)}.`;
}
