import type { Books } from './context.ts';
import { endCall } from './calls.ts';
import { endEgress } from './egresses.ts';

/** Ends what goes on in a room that is gone: nothing begins in it any more. Done twice, it changes nothing more. */
export async function clearRoom(context: Books, roomId: string, reason: string): Promise<void> {
  const { rooms } = context.store;
  const { egresses, calls } = await rooms.live(roomId);
  for (const id of egresses) await endEgress(context, id, reason);
  for (const id of calls) await endCall(context, id, reason);
  await rooms.cleared(roomId);
}
