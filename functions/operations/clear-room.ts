import type { Page, PageRequest } from '../domain/page.ts';
import { isFinal } from '../domain/egress.ts';
import { isOver } from '../domain/call.ts';
import { endCall } from './calls.ts';
import type { Books } from './context.ts';
import { endEgress } from './egresses.ts';

/** The largest page; enough to go through everything in few reads. */
const PAGE = 100;

/** Ends what goes on in a room that is gone. Done twice, it changes nothing more. */
export async function clearRoom(context: Books, roomId: string, reason: string): Promise<void> {
  const { egresses, calls, rooms } = context.store;
  for await (const { id, status } of all((page) => egresses.list({ roomId }, page)))
    if (!isFinal(status)) await endEgress(context, id, reason);
  for await (const { id, status } of all((page) => calls.list({ roomId }, page)))
    if (!isOver(status)) await endCall(context, id, reason);
  await rooms.cleared(roomId);
}

async function* all<Item>(list: (page: PageRequest) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let after: PageRequest['after'];
  do {
    const { items, next } = await list({ limit: PAGE, after });
    yield* items;
    after = next;
  } while (after);
}
