import { createHash } from 'node:crypto';
import { type Scope, scopes } from '@muon/contract/scope.ts';
import { type ApiKey, apiKeyId, goodDigests, KEY_USE_GRAIN_MS } from '../domain/api-key.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ApiKeyStore } from '../domain/store.ts';

/** How long a key that was found good is believed: a revoked one works on elsewhere for so long at most. */
const CACHE_MS = 30_000;

/** More keys than this are not in use at once. */
const MAX_CACHED = 10_000;

/** Tells good API keys from bad ones. */
export class KeyRing {
  readonly #store: ApiKeyStore;
  readonly #clock: () => number;
  /** By the digest of what was presented. */
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
    const before = await this.#store.get(id);
    const fresh = { id, name: 'first key', createdAt, revision: 1 };
    await this.#store.put({ ...fresh, ...before, sha256: digestOf(presented), scopes: [...scopes] });
  }

  /** A key was changed or deleted: it is read anew at its next use. */
  forget(id: string): void {
    for (const [digest, { key }] of this.#verified) if (key.id === id) this.#verified.delete(digest);
  }

  async #verify(presented: string): Promise<ApiKey | undefined> {
    const id = apiKeyId(presented);
    if (id === undefined) return undefined;
    const digest = digestOf(presented);
    const nowMs = this.#clock();
    const cached = this.#verified.get(digest);
    if (cached && cached.untilMs > nowMs) return cached.key;
    const key = await this.#store.get(id);
    // Digests of secrets that nobody can guess: how long their comparison takes tells nothing.
    if (!key || !goodDigests(key, nowMs).includes(digest)) return undefined;
    const expiryMs = key.sha256 === digest ? Infinity : key.previous!.untilMs;
    if (this.#verified.size >= MAX_CACHED) this.#verified.clear();
    this.#verified.set(digest, { key, untilMs: Math.min(nowMs + CACHE_MS, expiryMs) });
    if (nowMs - Date.parse(key.lastUsedAt ?? key.createdAt) >= KEY_USE_GRAIN_MS || !key.lastUsedAt)
      await this.#store.touch(id, new Date(nowMs).toISOString());
    return key;
  }
}

/** In hexadecimal. One round is enough: the secret is random, there is nothing to guess. */
export function digestOf(presented: string): string {
  return createHash('sha256').update(presented).digest('hex');
}
