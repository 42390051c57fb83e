import type { RoomEndReason } from '@muon/contract/room.ts';
import { releasableAtMs, type Room } from './room.ts';

type Ending = Pick<Room, 'createdAt' | 'emptyDurationSeconds' | 'maxDurationSeconds' | 'emptySinceMs' | 'allocation'>;

/** What is known of a room that is gone, for a while. */
export interface EndedRoom {
  readonly id: string;
  /** Undefined: it was deleted. */
  readonly reason: RoomEndReason | undefined;
  readonly formerNodes: Room['formerNodes'];
}

/** When a room is to be looked at again, since it may end then; undefined when it does not end as it is. */
export function endsAtMs(room: Ending): number | undefined {
  const moments = [emptyUntilMs(room), oldAtMs(room)].filter((moment) => moment !== undefined);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** Why a room ends now; undefined when it does not. */
export function whyEnded(room: Ending, nowMs: number): RoomEndReason | undefined {
  if (nowMs >= (oldAtMs(room) ?? Infinity)) return 'max-duration';
  return nowMs >= (emptyUntilMs(room) ?? Infinity) ? 'empty' : undefined;
}

/** Whoever was sent to the room's node may come for as long as the token for it is good: until then it does not end. */
function emptyUntilMs({ emptySinceMs, emptyDurationSeconds, allocation }: Ending): number | undefined {
  if (emptySinceMs === undefined || emptyDurationSeconds === undefined) return undefined;
  const untilMs = emptySinceMs + emptyDurationSeconds * 1000;
  return allocation ? Math.max(untilMs, releasableAtMs(allocation)) : untilMs;
}

function oldAtMs({ createdAt, maxDurationSeconds }: Ending): number | undefined {
  return maxDurationSeconds === undefined ? undefined : Date.parse(createdAt) + maxDurationSeconds * 1000;
}
