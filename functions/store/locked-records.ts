import * as z from 'zod';
import type { Page, PageRequest } from '../domain/page.ts';
import type { LockedStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import { queryPage } from './page.ts';
import { absent, atRevision, type Guard, type Key, type Table, type Write } from './table.ts';

interface Kept {
  readonly id: string;
  readonly createdAt: string;
  readonly revision: number;
}

export interface LockedRecordsOptions<Item> {
  /** All of them are under one hash key. */
  readonly keyOf: (id: string) => Key;
  /** Hash key of gsi1. */
  readonly all: string;
  readonly parse: (attributes: unknown) => Item;
  /** What no two of them may have at once; forty at most, since each that comes or goes is a write of one transaction. */
  readonly locksOf: (item: Item) => readonly string[];
}

const lockRecord = z.object({ owner: z.string() });

/** Items of one kind, some of whose values are unique among them: each such value is an item that names its owner. */
export class LockedRecords<Item extends Kept> implements LockedStore<Item> {
  readonly #table: Table;
  readonly #options: LockedRecordsOptions<Item>;

  constructor(table: Table, options: LockedRecordsOptions<Item>) {
    this.#table = table;
    this.#options = options;
  }

  async create(item: Item): Promise<'created' | 'exists' | 'taken'> {
    const refused = await this.#table.write<string>({
      item: { kind: 'Put', item: this.#toAttributes(item), guard: absent },
      ...toWrites(this.#options.locksOf(item), (lock) => taken(lock, item.id)),
    });
    if (!refused) return 'created';
    return refused === 'item' ? 'exists' : 'taken';
  }

  async get(id: string): Promise<Item | undefined> {
    const attributes = await this.#table.get(this.#options.keyOf(id));
    return attributes && this.#options.parse(attributes);
  }

  async all(): Promise<readonly Item[]> {
    const found = await this.#table.query({ hash: this.#options.keyOf('').pk });
    return found.map(this.#options.parse);
  }

  /** The id of the item that has `lock`. */
  async ownerOf(lock: string): Promise<string | undefined> {
    const held = await this.#table.get(keys.lock(lock));
    return held && lockRecord.parse(held).owner;
  }

  list(page: PageRequest): Promise<Page<Item>> {
    return queryPage(this.#table, { index: 'gsi1', hash: this.#options.all }, page, this.#options.parse);
  }

  async update(before: Item, change: Partial<Item>): Promise<'updated' | 'changed' | 'taken'> {
    const after = { ...before, ...change, revision: before.revision + 1 };
    const [held, wanted] = [this.#options.locksOf(before), this.#options.locksOf(after)];
    const added = wanted.filter((lock) => !held.includes(lock));
    const dropped = held.filter((lock) => !wanted.includes(lock));
    const refused = await this.#table.write<string>({
      item: { kind: 'Put', item: this.#toAttributes(after), guard: atRevision(before.revision) },
      ...toWrites(added, (lock) => taken(lock, before.id)),
      ...toWrites(dropped, (lock) => released(lock, before.id)),
    });
    if (!refused) return 'updated';
    return refused === 'item' ? 'changed' : 'taken';
  }

  async delete(item: Item): Promise<'deleted' | 'changed'> {
    const refused = await this.#table.write<string>({
      item: { kind: 'Delete', key: this.#options.keyOf(item.id), guard: atRevision(item.revision) },
      ...toWrites(this.#options.locksOf(item), (lock) => released(lock, item.id)),
    });
    return refused ? 'changed' : 'deleted';
  }

  #toAttributes(item: Item): Key & Readonly<Record<string, unknown>> {
    const place = { gsi1pk: this.#options.all, gsi1sk: `${item.createdAt}#${item.id}` };
    return { ...Object.fromEntries(Object.entries(item)), ...this.#options.keyOf(item.id), ...place };
  }
}

function toWrites(locks: readonly string[], toWrite: (lock: string) => Write): Record<string, Write> {
  return Object.fromEntries(locks.map((lock) => [lock, toWrite(lock)]));
}

function taken(lock: string, owner: string): Write {
  const freeOrOurs: Guard = { condition: 'attribute_not_exists(#pk) OR #owner = :owner', values: { owner } };
  return { kind: 'Put', item: { ...keys.lock(lock), owner }, guard: freeOrOurs };
}

/** Gone already is as good; another's is not ours to free. */
function released(lock: string, owner: string): Write {
  const ours: Guard = { condition: 'attribute_not_exists(#pk) OR #owner = :owner', values: { owner } };
  return { kind: 'Delete', key: keys.lock(lock), guard: ours };
}
