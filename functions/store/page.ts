import type { Page, PageRequest } from '../domain/page.ts';
import type { Query, Table } from './table.ts';

/** One page of an index, newest first; asks for one item more than is shown, so that the last page knows that it is. */
export async function queryPage<Item>(
  table: Table,
  query: Pick<Query, 'hash' | 'rangePrefix'> & { readonly index: 'gsi1' | 'gsi2' },
  { limit, after }: PageRequest,
  toItem: (attributes: Readonly<Record<string, unknown>>) => Item,
): Promise<Page<Item>> {
  const found = await table.query({ ...query, newestFirst: true, limit: limit + 1, after });
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  const keys = ['pk', 'sk', `${query.index}pk`, `${query.index}sk`];
  return {
    items: shown.map(toItem),
    next: last && Object.fromEntries(keys.map((key) => [key, String(last[key])])),
  };
}
