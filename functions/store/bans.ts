import * as z from 'zod';
import type { Ban } from '../domain/ban.ts';
import type { BanStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import type { Guard, Table, Write } from './table.ts';

const record = z.object({ untilMs: z.number() });

/** Each ban is an item; the room says how long any of them lasts, so that joins look for one only where there may be one. */
export class DynamoBans implements BanStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async put({ roomId, identity, untilMs }: Ban): Promise<'put' | 'room-gone'> {
    const ban: Write = {
      kind: 'Put',
      item: { ...keys.ban(roomId, identity), untilMs, expiresAt: Math.ceil(untilMs / 1000) },
    };
    const key = keys.room(roomId);
    const values = { until: untilMs };
    const isLast = 'attribute_exists(#pk) AND (attribute_not_exists(#bansUntilMs) OR #bansUntilMs < :until)';
    const last = await this.#table.write({
      ban,
      room: { kind: 'Update', key, update: 'SET #bansUntilMs = :until', values, guard: { condition: isLast } },
    });
    if (!last) return 'put';
    // The room's mark only ever grows: another ban lasts as long, or the room is gone.
    const outlasted: Guard = { condition: '#bansUntilMs >= :until', values };
    const refused = await this.#table.write({ ban, room: { kind: 'ConditionCheck', key, guard: outlasted } });
    return refused ? 'room-gone' : 'put';
  }

  async untilMs(roomId: string, identity: string): Promise<number | undefined> {
    const item = await this.#table.get(keys.ban(roomId, identity));
    return item && record.parse(item).untilMs;
  }
}
