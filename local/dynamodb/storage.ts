import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { keyInIndex, toTable, type Key, type Table } from './table.ts';
import type { Item } from './value.ts';

/** Every write is on the disk before it is acknowledged. */
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, description TEXT NOT NULL, ttl TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS items (
    tab TEXT, hash TEXT, range TEXT, item TEXT NOT NULL, expires INTEGER, PRIMARY KEY (tab, hash, range)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS expiring ON items (expires) WHERE expires IS NOT NULL;
  CREATE TABLE IF NOT EXISTS entries (
    tab TEXT, idx TEXT, hash TEXT, range TEXT, item_hash TEXT, item_range TEXT,
    PRIMARY KEY (tab, idx, hash, range, item_hash, item_range)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, digest TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Bounds of a range key within one hash key. */
export interface RangeBound {
  readonly operator: '=' | '<' | '<=' | '>' | '>=';
  readonly value: string;
}

/** Which items, in which order. */
export interface Selection {
  readonly table: Table;
  readonly index: string | undefined;
  readonly hash: string;
  readonly bounds: readonly RangeBound[];
  readonly forward: boolean;
  /** Behind this one: its place in the index, if one is used, and its own key. */
  readonly after: { readonly range: string; readonly key: Key } | undefined;
}

/** An item that was put where there was none, or changed, or deleted. */
export interface Change {
  readonly table: Table;
  readonly key: Key;
  readonly kind: 'INSERT' | 'MODIFY' | 'REMOVE';
}

/** Tables, items and index entries in one SQLite file. */
export class Storage {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #tables = new Map<string, Table>();
  readonly #committed: (changes: readonly Change[]) => void;
  #changes: Change[] = [];

  /**
   * @param path of the file; `:memory:` for none
   * @param committed is told of what was written, once it is on the disk
   */
  constructor(path: string, committed: (changes: readonly Change[]) => void = () => undefined) {
    this.#committed = committed;
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    this.#database = new DatabaseSync(path);
    this.#database.exec(SCHEMA);
    for (const row of this.#prepare('SELECT description, ttl FROM tables').all())
      this.#remember(
        toTable(JSON.parse(String(row['description'])), row['ttl'] === null ? undefined : String(row['ttl'])),
      );
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** All of `work`'s writes, or none when it throws. */
  transaction<Result>(work: () => Result): Result {
    this.#prepare('BEGIN IMMEDIATE').run();
    this.#changes = [];
    try {
      const result = work();
      this.#prepare('COMMIT').run();
      if (this.#changes.length > 0) this.#committed(this.#changes);
      return result;
    } catch (error) {
      this.#prepare('ROLLBACK').run();
      throw error;
    }
  }

  table(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  putTable(table: Table): void {
    this.#prepare(
      'INSERT INTO tables VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET description = excluded.description, ttl = excluded.ttl',
    ).run(table.name, JSON.stringify(table.description), table.ttlAttribute ?? null);
    this.#remember(table);
  }

  read({ name }: Table, { hash, range }: Key): Item | undefined {
    const row = this.#prepare('SELECT item FROM items WHERE tab = ? AND hash = ? AND range = ?').get(name, hash, range);
    return row && (JSON.parse(String(row['item'])) as Item);
  }

  /** Puts `after` where `before` was; undefined: there is none. */
  write(table: Table, key: Key, before: Item | undefined, after: Item | undefined): void {
    if (after)
      this.#prepare(
        `INSERT INTO items VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET item = excluded.item, expires = excluded.expires`,
      ).run(table.name, key.hash, key.range, JSON.stringify(after), expiryOf(table, after));
    else
      this.#prepare('DELETE FROM items WHERE tab = ? AND hash = ? AND range = ?').run(table.name, key.hash, key.range);
    this.#writeEntries(table, key, before, after);
    if (before || after) this.#changes.push({ table, key, kind: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE' });
  }

  /** The items of a selection, one by one. */
  *select({ table, index, hash, bounds, forward, after }: Selection): Generator<Item> {
    const [order, behind] = forward ? ['ASC', '>'] : ['DESC', '<'];
    const conditions = bounds.map(({ operator }) => `AND at.range ${operator} ?`).join(' ');
    const values = [...(index === undefined ? [table.name] : [table.name, index]), hash, ...bounds.map((b) => b.value)];
    const sql =
      index === undefined
        ? `SELECT item FROM items at WHERE tab = ? AND hash = ? ${conditions}
           ${after ? `AND range ${behind} ?` : ''} ORDER BY range ${order}`
        : `SELECT items.item FROM entries at
           CROSS JOIN items ON items.tab = at.tab AND items.hash = at.item_hash AND items.range = at.item_range
           WHERE at.tab = ? AND at.idx = ? AND at.hash = ? ${conditions}
           ${after ? `AND (at.range, at.item_hash, at.item_range) ${behind} (?, ?, ?)` : ''}
           ORDER BY at.range ${order}, at.item_hash ${order}, at.item_range ${order}`;
    if (after)
      values.push(...(index === undefined ? [after.key.range] : [after.range, after.key.hash, after.key.range]));
    for (const row of this.#prepare(sql).iterate(...values)) yield JSON.parse(String(row['item'])) as Item;
  }

  /** The digest of the request that used `token`, if one did since `sinceMs`. */
  digestOf(token: string, sinceMs: number): string | undefined {
    const row = this.#prepare('SELECT digest FROM tokens WHERE token = ? AND at_ms > ?').get(token, sinceMs);
    return row && String(row['digest']);
  }

  rememberToken(token: string, digest: string, nowMs: number): void {
    this.#prepare('INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)').run(token, digest, nowMs);
  }

  forgetTokens(beforeMs: number): void {
    this.#prepare('DELETE FROM tokens WHERE at_ms <= ?').run(beforeMs);
  }

  /** Deletes what has expired. */
  deleteExpired(nowSeconds: number): void {
    const rows = this.#prepare('SELECT tab, item FROM items WHERE expires <= ?').all(nowSeconds);
    for (const row of rows) {
      const table = this.#tables.get(String(row['tab']));
      const item = JSON.parse(String(row['item'])) as Item;
      const key = table && keyInIndex(table.key, item);
      if (key) this.write(table, key, item, undefined);
    }
  }

  #writeEntries(table: Table, key: Key, before: Item | undefined, after: Item | undefined): void {
    for (const [index, schema] of table.indexes) {
      const [left, entered] = [before && keyInIndex(schema, before), after && keyInIndex(schema, after)];
      if (left?.hash === entered?.hash && left?.range === entered?.range) continue;
      if (left)
        this.#prepare(
          `DELETE FROM entries
           WHERE tab = ? AND idx = ? AND hash = ? AND range = ? AND item_hash = ? AND item_range = ?`,
        ).run(table.name, index, left.hash, left.range, key.hash, key.range);
      if (entered)
        this.#prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)').run(
          table.name,
          index,
          entered.hash,
          entered.range,
          key.hash,
          key.range,
        );
    }
  }

  #remember(table: Table): void {
    this.#tables.set(table.name, table);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}

function expiryOf({ ttlAttribute }: Table, item: Item): number | null {
  const value = ttlAttribute === undefined ? undefined : item[ttlAttribute];
  return value && 'N' in value ? Math.floor(Number(value.N)) : null;
}
