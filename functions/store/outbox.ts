import { eventHead } from '@muon/contract/event.ts';
import { idPrefixes } from '@muon/contract/id.ts';
import * as z from 'zod';
import { lineOf, type NewEvent, orderAfter, type PendingEvent, toTail } from '../domain/event.ts';
import { readAgain } from '../domain/read-again.ts';
import type { OutboxStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import type { Guard, Key, Table, Unwritten, Write } from './table.ts';

/** How many hash keys of the index the outbox is spread over; one takes some hundred events a second. */
const SHARDS = 4;

/** How many events of a line are read at once. */
const BATCH = 50;

/**
 * The last place of a line is remembered for so long; a line that starts anew later starts behind it all the same,
 * since places follow the time.
 */
const MEMORY_SECONDS = 30 * 86_400;

const record = z.object({ line: z.string(), order: z.string(), head: eventHead, body: z.string() });

const lastRecord = z.object({ order: z.string() });

export class DynamoOutbox implements OutboxStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async lines(): Promise<readonly string[]> {
    const shards = Array.from({ length: SHARDS }, (_, shard) => keys.outboxShard(shard));
    const found = await Promise.all(shards.map((hash) => this.#table.query({ index: 'gsi1', hash, limit: BATCH })));
    return [...new Set(found.flat().map((item) => record.parse(item).line))];
  }

  async pending(line: string): Promise<readonly PendingEvent[]> {
    const hash = keys.lastEvent(line).pk;
    const items = await this.#table.query({ hash, rangePrefix: keys.eventRange, limit: BATCH });
    return items.map((item) => record.parse(item));
  }

  async remove({ line, order }: PendingEvent): Promise<void> {
    await this.#table.write({ event: { kind: 'Delete', key: keys.outbox(line, order) } });
  }
}

/**
 * All of `writes` and the event in the outbox, or nothing. The events of a room stand in the order of their writes: each
 * takes the place behind the one that was the last, and whoever is overtaken in that tries again.
 *
 * @throws Refusal `overloaded` when others came in between each time
 */
export async function writeWithEvent<Name extends string>(
  table: Table,
  event: NewEvent | undefined,
  writes: Readonly<Record<Name, Write | undefined>>,
): Promise<Unwritten<Name> | undefined> {
  if (!event) return table.tryWrite(writes);
  const line = lineOf(event);
  const done = await readAgain(async () => {
    const last = await table.get(keys.lastEvent(line));
    const seen = last && lastRecord.parse(last).order;
    const order = orderAfter(seen, event.createdAtMs);
    const unwritten = await table.tryWrite<Name | 'lastEvent' | 'event'>({
      ...writes,
      lastEvent: { kind: 'Put', item: toLastItem(line, order, event.createdAtMs), guard: isLast(seen) },
      event: { kind: 'Put', item: toItem(event, line, order) },
    });
    if (!unwritten) return { unwritten };
    const { part, why } = unwritten;
    // The place behind the last is another one by now.
    return part === 'lastEvent' || part === 'event' ? undefined : { unwritten: { part, why } };
  });
  return done.unwritten;
}

function isLast(seen: string | undefined): Guard {
  if (seen === undefined) return { condition: 'attribute_not_exists(#pk)' };
  return { condition: '#order = :seen', values: { seen } };
}

function toLastItem(line: string, order: string, nowMs: number): Key & Record<string, unknown> {
  return { ...keys.lastEvent(line), order, expiresAt: Math.floor(nowMs / 1000) + MEMORY_SECONDS };
}

function toItem(event: NewEvent, line: string, order: string) {
  const { type, createdAtMs, data } = event;
  const id = `${idPrefixes.event}_${toTail({ line, order })}`;
  const head = {
    id,
    type,
    createdAt: new Date(createdAtMs).toISOString(),
    ...('room' in event ? { room: event.room } : {}),
  };
  return {
    ...keys.outbox(line, order),
    gsi1pk: keys.outboxShard(line.charCodeAt(line.length - 1) % SHARDS),
    gsi1sk: `${order}#${line}`,
    line,
    order,
    head,
    body: JSON.stringify({ ...head, data }),
  };
}
