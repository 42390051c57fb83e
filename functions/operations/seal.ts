import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { RandomBytes } from './random.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Makes text into text that tells nothing, and that opens only for the purpose that it was closed for. */
export class Seal {
  readonly #key: Uint8Array;
  readonly #random: RandomBytes;

  constructor(secret: string, use: string, random: RandomBytes) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', use, 32));
    this.#random = random;
  }

  /** Bytes that nobody else guesses, and that come the same again for the same purpose. */
  bytesFor(purpose: string): RandomBytes {
    let block = 0;
    let held = Buffer.alloc(0);
    return (count) => {
      while (held.length < count) {
        const more = createHmac('sha256', this.#key).update(`${block++} ${purpose}`).digest();
        held = Buffer.concat([held, more]);
      }
      const bytes = held.subarray(0, count);
      held = held.subarray(count);
      return bytes;
    };
  }

  close(purpose: string, text: string): string {
    const nonce = this.#random(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce).setAAD(Buffer.from(purpose));
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws Error when it was not closed here for this purpose. */
  open(purpose: string, sealedText: string): string {
    const sealed = Buffer.from(sealedText, 'base64url');
    const decipher = createDecipheriv(ALGORITHM, this.#key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString();
  }
}
