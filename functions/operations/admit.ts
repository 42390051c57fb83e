import type { JoinClaims } from '@muon/contract/token.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Room } from '../domain/room.ts';
import type { Context } from './context.ts';
import { isPassword } from './password.ts';

export interface Credentials {
  readonly password?: string | undefined;
  /** Shows that the participant was in the room before. */
  readonly earlierToken?: string | undefined;
}

/**
 * Whether a room takes somebody who has a token for it.
 *
 * @throws Refusal `participant-banned`, `room-locked` or `password-required`
 */
export async function admit(
  context: Context,
  room: Room,
  { sub, grants, admitted }: Pick<JoinClaims, 'sub' | 'grants' | 'admitted'>,
  { password, earlierToken }: Credentials,
): Promise<void> {
  await refuseBanned(context, room, sub);
  if (admitted || grants.admin || (!room.locked && room.password === undefined)) return;
  const earlier = earlierToken === undefined ? undefined : await context.signer.readOwnAccess(earlierToken);
  if (earlier?.room === room.id && earlier.sub === sub) return;
  if (room.locked) throw new Refusal('room-locked', 'Nobody new may join this room now.');
  if (password === undefined || !(await isPassword(password, room.password!)))
    throw new Refusal('password-required', password === undefined ? undefined : 'This is not the password.');
}

/** @throws Refusal `participant-banned` while the identity may not join the room. */
export async function refuseBanned({ store, clock }: Context, room: Room, identity: string): Promise<void> {
  if (room.bansUntilMs === undefined || room.bansUntilMs <= clock()) return;
  const untilMs = (await store.bans.untilMs(room.id, identity)) ?? 0;
  if (untilMs <= clock()) return;
  const retryAfterSeconds = Math.ceil((untilMs - clock()) / 1000);
  throw new Refusal('participant-banned', `${identity} was removed from the room.`, { retryAfterSeconds });
}
