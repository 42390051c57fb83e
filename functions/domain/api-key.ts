import type { Scope } from '@muon/contract/scope.ts';

/** An API key as it is kept: what was presented cannot be read from it. */
export interface ApiKey {
  /** What stands between `mk_` and the secret. */
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the whole key, in hexadecimal. */
  readonly sha256: string;
  /** The key until it was rotated, which works on for a while. */
  readonly previous?: { readonly sha256: string; readonly untilMs: number } | undefined;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly lastUsedAt?: string | undefined;
  readonly revision: number;
}

/** What of a key can be changed. */
export type ApiKeyChange = Partial<Pick<ApiKey, 'name' | 'scopes' | 'sha256' | 'previous'>>;

/** A use is noted again only when the last note is so old: a busy key is not written to at every request. */
export const KEY_USE_GRAIN_MS = 60_000;

/** The id of a key that is written as `mk_<id>_<secret>`; undefined when it is written otherwise. */
export function apiKeyId(key: string): string | undefined {
  return /^mk_([a-z0-9]{1,64})_[A-Za-z0-9_-]{16,128}$/.exec(key)?.[1];
}

export function toApiKey(id: string, secret: string): string {
  return `mk_${id}_${secret}`;
}

/** The secrets that are good now, as SHA-256 in hexadecimal. */
export function goodDigests({ sha256, previous }: ApiKey, nowMs: number): string[] {
  return previous && previous.untilMs > nowMs ? [sha256, previous.sha256] : [sha256];
}
