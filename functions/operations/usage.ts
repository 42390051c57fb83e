import { countOf, dayOf, type Days, eachDay, toUsageResource, type Usage } from '../domain/usage.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import type { Operations } from './operation.ts';

/** As long as usage is kept. */
const MAX_DAYS = 400;

/** How many days are summed up at once. */
const WIDTH = 10;

export const listUsage: Operations['listUsage'] = async (context, { query }) => {
  const { limit, cursor, ...filter } = query;
  const days = toDays(context, filter);
  const list = `listUsage ${JSON.stringify(filter)}`;
  const after = cursor === undefined ? undefined : context.cursors.open(list, cursor);
  const { items, next } = await read(context, { ...filter, days }, { limit, after });
  return { data: items.map(toUsageResource), ...(next ? { nextCursor: context.cursors.seal(list, next) } : {}) };
};

async function read(
  context: Context,
  { room, by, days }: { readonly room?: string | undefined; readonly by: 'day' | 'room'; readonly days: Days },
  page: PageRequest,
): Promise<Page<Usage>> {
  const { store } = context;
  if (room !== undefined) {
    const id = room.startsWith('rm_') ? room : await store.rooms.idOf(room);
    if (id === undefined) throw new Refusal('room-not-found', `There is no room ${room}.`);
    return store.usage.ofRoom(id, days, page);
  }
  return by === 'room' ? store.usage.byRoom(days, page) : readTotals(context, days, page);
}

/** Every day has a total, also when nothing was used. */
async function readTotals({ store }: Context, days: Days, { limit, after }: PageRequest): Promise<Page<Usage>> {
  const all = eachDay(days).filter((day) => after === undefined || day < after['day']!);
  const shown = all.slice(0, limit);
  const items: Usage[] = [];
  for (let first = 0; first < shown.length; first += WIDTH) {
    const some = shown.slice(first, first + WIDTH);
    items.push(...(await Promise.all(some.map((day) => store.usage.total(day)))));
  }
  return { items, next: all.length > limit ? { day: shown.at(-1)! } : undefined };
}

/** @throws Refusal `invalid-request` */
function toDays(
  { clock }: Context,
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
): Days {
  const to = asked.to ?? dayOf(clock());
  const from = asked.from ?? `${to.slice(0, 8)}01`;
  const message =
    from > to ? 'It is after the last day' : countOf({ from, to }) > MAX_DAYS && `There are at most ${MAX_DAYS} days`;
  if (message) throw new Refusal('invalid-request', undefined, { errors: [{ path: 'query.from', message }] });
  return { from, to };
}
