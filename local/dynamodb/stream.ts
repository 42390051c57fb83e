import type { Change } from './storage.ts';
import { toKeyAttributes } from './table.ts';
import type { Item } from './value.ts';

/** A record of a table's stream, as far as `KEYS_ONLY` has it. */
export interface ChangedKeys {
  readonly eventName: Change['kind'];
  readonly keys: Item;
}

export function toChangedKeys({ table, key, kind }: Change): ChangedKeys {
  return { eventName: kind, keys: toKeyAttributes(table, key) };
}
