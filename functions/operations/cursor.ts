import { Refusal } from '../domain/refusal.ts';
import type { Position } from '../domain/page.ts';
import type { RandomBytes } from './random.ts';
import { Seal } from './seal.ts';

/** Makes positions in lists into cursors that tell nothing, and that fit the query alone that they came from. */
export class CursorSeal {
  readonly #seal: Seal;

  constructor(secret: string, random: RandomBytes) {
    this.#seal = new Seal(secret, 'muon cursor', random);
  }

  /** @param query names the list and its filter */
  seal(query: string, position: Position): string {
    return this.#seal.close(query, JSON.stringify(position));
  }

  /** @throws Refusal `invalid-request` when the cursor is not one of ours for this very query. */
  open(query: string, cursor: string): Position {
    try {
      return JSON.parse(this.#seal.open(query, cursor)) as Position;
    } catch (cause) {
      const errors = [{ path: 'query.cursor', message: 'Not the nextCursor of a page of this very list' }];
      throw new Refusal('invalid-request', 'The cursor does not belong to this list.', { cause, errors });
    }
  }
}
