import type { Scope } from '@muon/contract/routes.ts';

/** An API key as it is kept: what was presented cannot be read from it. */
export interface ApiKey {
  /** What stands between `mk_` and the secret. */
  readonly id: string;
  /** SHA-256 of the whole key, in hexadecimal. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
}

/** The id of a key that is written as `mk_<id>_<secret>`; undefined when it is written otherwise. */
export function apiKeyId(key: string): string | undefined {
  return /^mk_([a-z0-9]{1,64})_[A-Za-z0-9_-]{16,128}$/.exec(key)?.[1];
}
