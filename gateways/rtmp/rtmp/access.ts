import { createHash, timingSafeEqual } from 'node:crypto';

/** Which token admits to which program. */
export class Access {
  readonly #tokens = new Map<string, readonly Buffer[]>();

  set(egressId: string, tokens: readonly string[]): void {
    this.#tokens.set(egressId, tokens.map(digest));
  }

  delete(egressId: string): void {
    this.#tokens.delete(egressId);
  }

  /** Takes equally long for every wrong token. */
  admits(egressId: string, token: string): boolean {
    const given = digest(token);
    return (this.#tokens.get(egressId) ?? []).filter((expected) => timingSafeEqual(expected, given)).length > 0;
  }
}

/** Of equal length, whatever the token's. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
