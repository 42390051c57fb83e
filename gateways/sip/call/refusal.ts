import type { ProblemCode } from '@muon/contract/problem.ts';

/** Why a call is refused or ended, as its phone is told. */
export interface Refusal {
  /** Of SIP (RFC 3261 section 21). */
  readonly status: number;
  /** In words; also what a person reads on the phone. */
  readonly phrase: string;
  /** Of ITU-T Q.850, for `Reason` (RFC 3326), since carriers act on it. */
  readonly cause: number;
  /** When trying again makes sense. */
  readonly retryAfterSeconds?: number;
}

const RETRY_AFTER_SECONDS = 10;

/** Refusals of new calls. */
export const refusals = {
  noSuchRoom: { status: 404, phrase: 'No such room', cause: 1 },
  notAdmitted: { status: 403, phrase: 'Room takes no calls now', cause: 21 },
  roomFull: { status: 486, phrase: 'Room is full', cause: 17 },
  noMedia: { status: 488, phrase: 'No audio in PCMU or PCMA', cause: 65 },
  cancelled: { status: 487, phrase: 'Request Terminated', cause: 16 },
  unavailable: {
    status: 503,
    phrase: 'Room cannot be reached now',
    cause: 41,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  },
  tooManyCalls: { status: 503, phrase: 'All lines are busy', cause: 34, retryAfterSeconds: RETRY_AFTER_SECONDS },
  closing: { status: 503, phrase: 'Shutting down', cause: 41, retryAfterSeconds: RETRY_AFTER_SECONDS },
} as const satisfies Record<string, Refusal>;

/** Why an established call is ended; `status` is that of a BYE's `Reason: SIP`. */
export const endings = {
  roomClosed: { status: 200, phrase: 'Room closed', cause: 16 },
  replaced: { status: 200, phrase: 'Joined from elsewhere', cause: 16 },
  roomLost: { status: 503, phrase: 'Room cannot be reached any more', cause: 41 },
  silent: { status: 408, phrase: 'No sound from the phone', cause: 102 },
  closing: { status: 503, phrase: 'Shutting down', cause: 41 },
  noMedia: { status: 488, phrase: 'No audio in PCMU or PCMA', cause: 65 },
} as const satisfies Record<string, Refusal>;

/** How a phone is told of the control plane's refusal; without a code it was not reached. */
export function toRefusal(code: ProblemCode | undefined): Refusal {
  switch (code) {
    case 'room-locked':
    case 'password-required':
      return refusals.notAdmitted;
    case 'room-not-found':
      return refusals.noSuchRoom;
    case 'room-full':
      return refusals.roomFull;
    default:
      return refusals.unavailable;
  }
}

/** Whether trying again may help. */
export function isPassing(refusal: Refusal): boolean {
  return refusal.status === 503;
}
