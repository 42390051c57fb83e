import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { Refusal } from '../domain/refusal.ts';
import type { Position } from '../domain/page.ts';
import type { RandomBytes } from './random.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Makes positions in lists into cursors that tell nothing, and that fit the query alone that they came from. */
export class CursorSeal {
  readonly #key: Uint8Array;
  readonly #random: RandomBytes;

  constructor(secret: string, random: RandomBytes) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'muon cursor', 32));
    this.#random = random;
  }

  /** @param query names the list and its filter */
  seal(query: string, position: Position): string {
    const nonce = this.#random(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce).setAAD(Buffer.from(query));
    const sealed = [nonce, cipher.update(JSON.stringify(position)), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64url');
  }

  /** @throws Refusal `invalid-request` when the cursor is not one of ours for this very query. */
  open(query: string, cursor: string): Position {
    try {
      const sealed = Buffer.from(cursor, 'base64url');
      const decipher = createDecipheriv(ALGORITHM, this.#key, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(query))
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      const opened = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return JSON.parse(opened.toString()) as Position;
    } catch (cause) {
      const errors = [{ path: 'query.cursor', message: 'Not the nextCursor of a page of this very list' }];
      throw new Refusal('invalid-request', 'The cursor does not belong to this list.', { cause, errors });
    }
  }
}
