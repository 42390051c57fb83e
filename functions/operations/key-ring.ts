import { createHash, timingSafeEqual } from 'node:crypto';
import { type Scope, scopes } from '@muon/contract/routes.ts';
import { type ApiKey, apiKeyId } from '../domain/api-key.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ApiKeyStore } from '../domain/store.ts';

/** How long a key that was found good is believed: a revoked one works on for so long at most. */
const CACHE_MS = 30_000;

/** More keys than this are not in use at once. */
const MAX_CACHED = 10_000;

/** Tells good API keys from bad ones. */
export class KeyRing {
  readonly #store: ApiKeyStore;
  readonly #clock: () => number;
  readonly #verified = new Map<string, { readonly key: ApiKey; readonly untilMs: number }>();

  constructor(store: ApiKeyStore, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws Refusal `unauthenticated` for no good key, `forbidden` for one that lacks `scope`. */
  async authorize(presented: string | undefined, scope: Scope): Promise<ApiKey> {
    const key = presented === undefined ? undefined : await this.#verify(presented);
    if (!key) throw new Refusal('unauthenticated', 'Send a valid API key as bearer token.');
    if (!key.scopes.includes(scope)) throw new Refusal('forbidden', `The API key lacks the scope ${scope}.`);
    return key;
  }

  /** Makes sure that `presented` is a good key for everything. */
  async ensure(presented: string, createdAt: string): Promise<void> {
    const id = apiKeyId(presented);
    if (id === undefined) throw new TypeError('not an API key: it must read mk_<id>_<secret>');
    await this.#store.put({ id, sha256: digestOf(presented).toString('hex'), scopes: [...scopes], createdAt });
  }

  async #verify(presented: string): Promise<ApiKey | undefined> {
    const id = apiKeyId(presented);
    if (id === undefined) return undefined;
    const digest = digestOf(presented);
    const cached = this.#verified.get(digest.toString('hex'));
    if (cached && cached.untilMs > this.#clock()) return cached.key;
    const key = await this.#store.get(id);
    if (!key || !timingSafeEqual(digest, Buffer.from(key.sha256, 'hex'))) return undefined;
    if (this.#verified.size >= MAX_CACHED) this.#verified.clear();
    this.#verified.set(key.sha256, { key, untilMs: this.#clock() + CACHE_MS });
    return key;
  }
}

/** One round is enough: the secret is random, there is nothing to guess. */
function digestOf(presented: string): Buffer {
  return createHash('sha256').update(presented).digest();
}
