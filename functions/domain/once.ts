/** A request that is to be done once, however often it is sent. */
export interface OnceRequest {
  /** Stands for the API key and the idempotency key; neither can be read from it. */
  readonly id: string;
  /** Of everything else in the request: another one under the same key is a mistake. */
  readonly fingerprint: string;
}

/** A request that is being done. */
export interface Attempt {
  readonly begunAtMs: number;
  /** Of all that is made at random: the same in each attempt, so that the next one finds what this one has made. */
  readonly seed: string;
}

/** What is known of an earlier request with the same id. */
export interface EarlierRequest {
  readonly fingerprint: string;
  /** Absent while it is being done. */
  readonly answer: string | undefined;
}

/** A request that is not done by then has failed without a word, and may be tried again. */
export const LEASE_MS = 60_000;
