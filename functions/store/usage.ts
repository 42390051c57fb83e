import type { UsageReport } from '@muon/contract/usage.ts';
import * as z from 'zod';
import type { ReportPlace } from '../domain/node.ts';
import type { Page, PageRequest, Position } from '../domain/page.ts';
import type { UsageStore } from '../domain/store.ts';
import type { UsageBudget } from '../domain/usage-budget.ts';
import { type Amounts, type Days, eachDay, none, plus, sumOf, type Usage } from '../domain/usage.ts';
import { keys } from './keys.ts';
import { notTakenYet } from './nodes.ts';
import type { Key, Table, Write } from './table.ts';

/** How many hash keys of the index a day's rooms are spread over. */
const SHARDS = 4;

/** Usage is kept for 400 days: a year, and a month to look at it. */
const MEMORY_SECONDS = 400 * 86_400;

/** A page that finds little is given up after so many lookups; the next one goes on there. */
const MAX_LOOKUPS = 100;

const amounts = z.object({ participantMs: z.number(), egressMs: z.number(), callMs: z.number() });

const record = amounts.extend({ day: z.string(), room: z.object({ id: z.string(), name: z.string() }) });

const placeRecord = z.object({
  budget: z.object({ generation: z.number(), atMs: z.number(), leftMs: z.number() }).optional(),
});

/**
 * One item for each room and day, and one for each node and day, which are summed up when they are read: so no item is
 * written by everybody.
 */
export class DynamoUsage implements UsageStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async take(
    nodeId: string,
    place: ReportPlace,
    { day, rooms }: Omit<UsageReport, 'seq'>,
    budget?: UsageBudget,
  ): Promise<'taken' | 'known'> {
    const expiresAt = Math.floor(Date.parse(day) / 1000) + MEMORY_SECONDS;
    const ofRooms = rooms.map(({ room, ...used }) => {
      const index = { gsi1pk: keys.usageShard(day, shardOf(room.id)), gsi1sk: room.id };
      return adding(keys.usageOfRoom(room.id, day), used, { day, room, expiresAt, ...index });
    });
    const refused = await this.#table.write<string>({
      place: { kind: 'Put', item: { ...keys.nodeUsage(nodeId), ...place, budget }, guard: notTakenYet(place) },
      total: adding(keys.usageOfNode(day, nodeId), sumOf({ rooms }), { expiresAt }),
      ...Object.fromEntries(ofRooms.map((write, index) => [`room ${index}`, write])),
    });
    return refused ? 'known' : 'taken';
  }

  async budget(nodeId: string): Promise<UsageBudget | undefined> {
    const item = await this.#table.get(keys.nodeUsage(nodeId));
    return item && placeRecord.parse(item).budget;
  }

  async total(day: string): Promise<Usage> {
    const items = await this.#table.query({ hash: keys.usageOfNode(day, '').pk });
    return { day, ...items.map((item): Amounts => amounts.parse(item)).reduce(plus, none) };
  }

  async ofRoom(roomId: string, { from, to }: Days, { limit, after }: PageRequest): Promise<Page<Usage>> {
    const { pk, sk: rangeStart } = keys.usageOfRoom(roomId, from);
    const { sk: rangeEnd } = keys.usageOfRoom(roomId, to);
    const range = { hash: pk, rangeStart, rangeEnd };
    const found = await this.#table.query({ ...range, newestFirst: true, limit: limit + 1, after });
    const shown = found.slice(0, limit).map(toUsage);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return { items: shown, next: last && { ...keys.usageOfRoom(roomId, last.day) } };
  }

  async byRoom(days: Days, { limit, after }: PageRequest): Promise<Page<Usage>> {
    const items: Usage[] = [];
    const places = eachDay(days).flatMap((day) => Array.from({ length: SHARDS }, (_, shard) => ({ day, shard })));
    const isAfter = ({ day, shard }: { day: string; shard: number }): boolean =>
      !after || day < after['day']! || (day === after['day'] && shard >= Number(after['shard']));
    let lookups = 0;
    for (const { day, shard } of places.filter(isAfter)) {
      const from = after?.['day'] === day && Number(after['shard']) === shard ? after['room'] : undefined;
      // Where the next page goes on if this one ends before this shard.
      const here = { day, shard: String(shard), ...(from === undefined ? {} : { room: from }) };
      if (items.length === limit || lookups === MAX_LOOKUPS) return { items, next: here };
      lookups += 1;
      const hash = keys.usageShard(day, shard);
      const start = from === undefined ? undefined : toPosition(day, shard, from);
      const wanted = limit - items.length;
      const found = await this.#table.query({ index: 'gsi1', hash, limit: wanted + 1, after: start });
      items.push(...found.slice(0, wanted).map(toUsage));
      const last = items.at(-1)?.room?.id;
      if (found.length > wanted && last !== undefined)
        return { items, next: { day, shard: String(shard), room: last } };
    }
    return { items, next: undefined };
  }
}

function adding(key: Key, used: Amounts, more: Readonly<Record<string, unknown>>): Write {
  const set = Object.keys(more).map((name) => `#${name} = :${name}`);
  const add = Object.keys(used).map((name) => `#${name} :${name}`);
  return { kind: 'Update', key, update: `SET ${set.join(', ')} ADD ${add.join(', ')}`, values: { ...used, ...more } };
}

function toPosition(day: string, shard: number, roomId: string): Position {
  return { ...keys.usageOfRoom(roomId, day), gsi1pk: keys.usageShard(day, shard), gsi1sk: roomId };
}

function shardOf(roomId: string): number {
  return roomId.charCodeAt(roomId.length - 1) % SHARDS;
}

function toUsage(item: unknown): Usage {
  return record.parse(item);
}
