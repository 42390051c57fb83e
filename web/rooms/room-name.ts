/** The longest that a room's name may be. */
export const MAX_ROOM_NAME = 64;

/** What somebody typed, as it can be in a room's name: "Algebra 101 " becomes `algebra-101-`. */
export function toRoomName(typed: string): string {
  return typed
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, MAX_ROOM_NAME);
}
