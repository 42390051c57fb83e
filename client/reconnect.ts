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
