import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type PublicJwk, publicJwk } from '@muon/contract/internal.ts';
import {
  accessClaims,
  type AccessClaims,
  JOIN_AUDIENCE,
  joinClaims,
  type JoinClaims,
  type NodeClaims,
  TOKEN_ISSUER,
} from '@muon/contract/token.ts';
import { calculateJwkThumbprint, errors, jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { Refusal } from '../domain/refusal.ts';

const ALGORITHM = 'EdDSA';

/** A private Ed25519 key as JWK (RFC 8037). */
const privateJwk = publicJwk.extend({ kid: z.string().optional(), d: z.string() });

/** One key, or a JWK Set (RFC 7517) of those before and after it, too. */
const signingKeys = z.union([
  z.object({ keys: z.array(privateJwk).min(1) }).transform(({ keys }) => keys),
  privateJwk.transform((key) => [key]),
]);

interface Key {
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicJwk;
}

/** Mints join tokens and access tokens, and takes the former back. */
export class Signer {
  readonly #keys: readonly Key[];
  readonly #clock: () => number;

  private constructor(keys: readonly Key[], clock: () => number) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * @param jwks private Ed25519 key as JSON, or a JWK Set of such: the first signs, and tokens by all are good. Without
   * `kid`, a key's thumbprint (RFC 7638) is taken
   * @throws when it is no such key
   */
  static async open(jwks: string, clock: () => number): Promise<Signer> {
    return new Signer(await Promise.all(signingKeys.parse(JSON.parse(jwks)).map(toKey)), clock);
  }

  /** What nodes need to tell our tokens from foreign ones. */
  get publicKeys(): PublicJwk[] {
    return this.#keys.map(({ jwk }) => jwk);
  }

  signJoin(claims: JoinClaims): Promise<string> {
    return this.#sign(claims);
  }

  signAccess(claims: AccessClaims): Promise<string> {
    return this.#sign(accessClaims.parse(claims));
  }

  signNode(claims: NodeClaims): Promise<string> {
    return this.#sign(claims);
  }

  /** @throws Refusal `token-expired`, or `unauthenticated` for whatever is no join token of ours. */
  async verifyJoin(token: string): Promise<JoinClaims> {
    try {
      const { payload } = await jwtVerify(token, this.#find, {
        algorithms: [ALGORITHM],
        issuer: TOKEN_ISSUER,
        audience: JOIN_AUDIENCE,
        currentDate: new Date(this.#clock()),
      });
      return joinClaims.parse(payload);
    } catch (cause) {
      if (cause instanceof errors.JWTExpired)
        throw new Refusal('token-expired', 'The join token has expired; ask for a new one.', { cause });
      throw new Refusal('unauthenticated', 'The bearer is no join token of this system.', { cause });
    }
  }

  /** What an access token of ours says, also when it has expired; undefined when it is none of ours. */
  async readOwnAccess(token: string): Promise<AccessClaims | undefined> {
    try {
      const options = { algorithms: [ALGORITHM], issuer: TOKEN_ISSUER, currentDate: new Date(0) };
      return accessClaims.parse((await jwtVerify(token, this.#find, options)).payload);
    } catch {
      return undefined;
    }
  }

  readonly #find = ({ kid }: { readonly kid?: string | undefined }): KeyObject => {
    const found = this.#keys.find(({ jwk }) => jwk.kid === kid);
    if (!found) throw new errors.JWKSNoMatchingKey();
    return found.publicKey;
  };

  #sign(claims: JoinClaims | AccessClaims | NodeClaims): Promise<string> {
    const { key, jwk } = this.#keys[0]!;
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: jwk.kid }).sign(key);
  }
}

async function toKey({ d, kid, ...rest }: z.infer<typeof privateJwk>): Promise<Key> {
  const jwk = { ...rest, kid: kid ?? (await calculateJwkThumbprint(rest)) };
  const key = createPrivateKey({ key: { ...jwk, d }, format: 'jwk' });
  return { key, publicKey: createPublicKey(key), jwk };
}
