import type { AccessClaims } from '@muon/contract/token.ts';
import { Refusal } from './refusal.ts';

/** Programs, recorders and other processors; people are not hidden. */
const MAX_HIDDEN = 100;

/** Those who are in a room: how many are shown, and how many hidden. */
export interface Occupants {
  readonly shown: number;
  readonly hidden: number;
}

/**
 * How many a room takes in. Each token names the room's capacity of when it was made; the newest that came holds, so that
 * older ones, made before the capacity was lowered, let nobody in beyond it.
 */
export class Capacity {
  #max = 0;
  #issuedAtSeconds = -Infinity;

  /** @throws Refusal `room-full` when whoever has this token does not fit in with the `others`. */
  admit(
    { iat, maxParticipants, grants }: Pick<AccessClaims, 'iat' | 'maxParticipants' | 'grants'>,
    others: Occupants,
  ): void {
    // Of two from the same second the order is not known.
    if (iat > this.#issuedAtSeconds) this.#max = maxParticipants;
    else if (iat === this.#issuedAtSeconds) this.#max = Math.min(this.#max, maxParticipants);
    this.#issuedAtSeconds = Math.max(this.#issuedAtSeconds, iat);
    const full = grants.hidden ? others.hidden >= MAX_HIDDEN : others.shown >= this.#max;
    if (full) throw new Refusal('room-full', 'The room has all the participants that it may have.');
  }
}
