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

/** Mints join tokens and access tokens, and takes the former back. */
export class Signer {
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #publicJwk: PublicJwk;
  readonly #clock: () => number;

  private constructor(key: KeyObject, jwk: PublicJwk, clock: () => number) {
    this.#key = key;
    this.#publicKey = createPublicKey(key);
    this.#publicJwk = jwk;
    this.#clock = clock;
  }

  /**
   * @param jwk private Ed25519 key as JSON; without `kid`, its thumbprint (RFC 7638) is taken
   * @throws when it is no such key
   */
  static async open(jwk: string, clock: () => number): Promise<Signer> {
    const { d, kid, ...rest } = privateJwk.parse(JSON.parse(jwk));
    const publicPart = { ...rest, kid: kid ?? (await calculateJwkThumbprint(rest)) };
    const key = createPrivateKey({ key: { ...publicPart, d }, format: 'jwk' });
    return new Signer(key, publicPart, clock);
  }

  /** What nodes need to tell our tokens from foreign ones. */
  get publicKeys(): PublicJwk[] {
    return [this.#publicJwk];
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
      const { payload } = await jwtVerify(token, this.#publicKey, {
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
      return accessClaims.parse((await jwtVerify(token, this.#publicKey, options)).payload);
    } catch {
      return undefined;
    }
  }

  #sign(claims: JoinClaims | AccessClaims | NodeClaims): Promise<string> {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: this.#publicJwk.kid })
      .sign(this.#key);
  }
}
