import { MuonError, type MuonErrorCode } from './errors.ts';

/** The first waits are short: most nodes are back, or replaced, within a second or two. */
const FIRST_DELAY_MS = 300;
const MAX_DELAY_MS = 2000;

/** A WebSocket that broke alone is back at once; a node is asked now and then while it is not. */
const RESUME_DELAYS_MS = [0, 200, 500, 1000];

/** How long to wait before attempt number `attempt`, from 0, to go on over a new WebSocket. */
export function resumeDelayMs(attempt: number): number {
  return RESUME_DELAYS_MS[Math.min(attempt, RESUME_DELAYS_MS.length - 1)]!;
}

/** Who was away for longer joins anew by hand. */
const GIVE_UP_AFTER_MS = 120_000;

/** Errors that another attempt would only meet again. */
const final: ReadonlySet<MuonErrorCode> = new Set<MuonErrorCode>([
  'invalid-request',
  'unauthenticated',
  'token-expired',
  'forbidden',
  'room-locked',
  'participant-banned',
  'password-required',
  'room-not-found',
  'replaced',
  'removed',
  'moved',
  'left',
]);

/** Whether to try again after an error. */
export function worthRetrying(error: unknown): boolean {
  return !(error instanceof MuonError && final.has(error.code));
}

/**
 * How long to wait before attempt number `attempt`, from 0; the first is made at once. Spread by `random`, from 0 to 1,
 * so that a room full of people does not come back at the same moment. Undefined: give up.
 */
export function retryDelayMs(attempt: number, elapsedMs: number, random: number): number | undefined {
  if (elapsedMs >= GIVE_UP_AFTER_MS) return undefined;
  if (attempt === 0) return 0;
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

export interface RetryOptions {
  /** Why it is tried again; undefined when the first attempt is still to come. */
  readonly failure: unknown;
  /** Whether nobody waits for it any more. */
  readonly ended: () => boolean;
}

/**
 * Makes attempts until one succeeds; undefined when it `ended` before.
 *
 * @throws what another attempt would only meet again, or MuonError `connection-lost` after too long.
 */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  { failure: first, ended }: RetryOptions,
): Promise<Result | undefined> {
  const startedMs = performance.now();
  let failure = first;
  for (let attempts = 0; failure === undefined || worthRetrying(failure); attempts += 1) {
    const delayMs = retryDelayMs(attempts, performance.now() - startedMs, Math.random());
    if (delayMs === undefined) {
      throw new MuonError('connection-lost', 'The connection was lost', { cause: failure });
    }
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (ended()) return undefined;
    try {
      return await attempt();
    } catch (thrown) {
      failure = thrown;
    }
  }
  throw failure;
}
