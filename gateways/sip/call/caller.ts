import { createLinkBody } from '@muon/contract/internal.ts';

const { room, caller } = createLinkBody.shape;

/** What the user part of a dialled address asks for, a room's name or a number; absent when it can be neither. */
export function toDialled(user: string): string | undefined {
  return room.safeParse(user.toLowerCase()).data;
}

/** The caller's number, as far as it is one. */
export function toCaller(user: string): string | undefined {
  return caller.safeParse(user.replaceAll(/[\s().]/g, '')).data;
}

/** What the room sees of a caller: of a telephone number only the end, for it is personal. */
export function toDisplayName(user: string): string {
  const digits = user.replaceAll(/[\s().-]/g, '');
  return /^\+?\d{4,}$/.test(digits) ? `Phone …${digits.slice(-2)}` : 'Phone';
}
