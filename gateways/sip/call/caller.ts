import { roomReference } from '@muon/contract/room.ts';

/** The room that the user part of a dialled address names; absent when no room can have that name. */
export function toRoom(user: string): string | undefined {
  const room = roomReference.safeParse(user.toLowerCase());
  return room.success ? room.data : undefined;
}

/** What the room sees of a caller: of a telephone number only the end, for it is personal. */
export function toDisplayName(user: string): string {
  const digits = user.replaceAll(/[\s().-]/g, '');
  return /^\+?\d{4,}$/.test(digits) ? `Phone …${digits.slice(-2)}` : 'Phone';
}
