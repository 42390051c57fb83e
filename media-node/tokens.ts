import type { PublicJwk } from '@muon/contract/internal.ts';
import { accessClaims, nodeClaims, TOKEN_ISSUER, type AccessClaims, type NodeClaims } from '@muon/contract/token.ts';
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { Refusal } from './refusal.ts';

/** Checks access tokens against the keys of the control plane. */
export class AccessTokens {
  readonly #nodeId: string;
  #keys = createLocalJWKSet({ keys: [] });

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  /** Tokens by any other key are foreign from now on. */
  trust(keys: readonly PublicJwk[]): void {
    this.#keys = createLocalJWKSet({ keys: [...keys] });
  }

  /** @throws Refusal when the token is absent, expired, foreign, for another node, or says something else. */
  async verify(token: string | undefined): Promise<AccessClaims> {
    if (!token) throw new Refusal('unauthenticated', 'An access token is needed.');
    const payload = await this.#verifySignature(token);
    const claims = accessClaims.safeParse(payload);
    if (!claims.success) throw new Refusal('unauthenticated', 'This is not an access token.', { cause: claims.error });
    return claims.data;
  }

  /**
   * Checks what the control plane shows to ask something of a room.
   *
   * @throws Refusal
   */
  async verifyNodeToken(token: string | undefined, { room, scope }: Pick<NodeClaims, 'room' | 'scope'>): Promise<void> {
    if (!token) throw new Refusal('unauthenticated', 'A token of the control plane is needed.');
    const claims = nodeClaims.safeParse(await this.#verifySignature(token));
    if (!claims.success) {
      throw new Refusal('unauthenticated', 'This is no token of the control plane for nodes.', { cause: claims.error });
    }
    if (claims.data.room !== room) throw new Refusal('forbidden', 'The token is for another room.');
    if (claims.data.scope !== scope) throw new Refusal('forbidden', `The token is not for ${scope}.`);
  }

  async #verifySignature(token: string): Promise<unknown> {
    try {
      const options = { algorithms: ['EdDSA', 'Ed25519'], issuer: TOKEN_ISSUER, audience: this.#nodeId };
      return (await jwtVerify(token, this.#keys, options)).payload;
    } catch (error) {
      throw toRefusal(error);
    }
  }
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) {
    return new Refusal('token-expired', 'The access token has expired; join again.', { cause: error });
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return new Refusal('forbidden', 'The access token is for another node.', { cause: error });
  }
  return new Refusal('unauthenticated', 'The access token is not valid.', { cause: error });
}
