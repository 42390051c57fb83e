import type { Page, PageRequest, Position } from '../domain/page.ts';
import type { Query, Table } from './table.ts';

type Attributes = Readonly<Record<string, unknown>>;
type IndexQuery = Pick<Query, 'hash' | 'rangePrefix'> & { readonly index: 'gsi1' | 'gsi2' };

/** A page with a filter that few items pass is given up after so many were looked at; the next one goes on there. */
const MAX_LOOKED_AT = 1000;

/** How many are read at once. */
const CHUNK = 100;

/** One page of an index, newest first; asks for one item more than is shown, so that the last page knows that it is. */
export async function queryPage<Item>(
  table: Table,
  query: IndexQuery,
  { limit, after }: PageRequest,
  toItem: (attributes: Attributes) => Item,
): Promise<Page<Item>> {
  const found = await table.query({ ...query, newestFirst: true, limit: limit + 1, after });
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(toItem), next: last && positionOf(last, query) };
}

/** One page of those that pass a filter; it may have fewer than were asked for, and others follow all the same. */
export async function queryFiltered<Item>(
  table: Table,
  query: IndexQuery,
  { limit, after }: PageRequest,
  toItem: (attributes: Attributes) => Item,
  passes: (item: Item) => boolean,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let from = after;
  for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += CHUNK) {
    const found = await table.query({ ...query, newestFirst: true, limit: CHUNK, after: from });
    for (const attributes of found) {
      const item = toItem(attributes);
      from = positionOf(attributes, query);
      if (passes(item)) items.push(item);
      if (items.length === limit)
        return { items, next: attributes === found.at(-1) && found.length < CHUNK ? undefined : from };
    }
    if (found.length < CHUNK) return { items, next: undefined };
  }
  return { items, next: from };
}

function positionOf(item: Attributes, { index }: IndexQuery): Position {
  return Object.fromEntries(['pk', 'sk', `${index}pk`, `${index}sk`].map((key) => [key, String(item[key])]));
}
