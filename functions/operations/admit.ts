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
 * @throws Refusal `room-locked` or `password-required`
 */
export async function admit(
  { signer }: Context,
  room: Room,
  { sub, grants }: Pick<JoinClaims, 'sub' | 'grants'>,
  { password, earlierToken }: Credentials,
): Promise<void> {
  if (grants.admin || (!room.locked && room.password === undefined)) return;
  const earlier = earlierToken === undefined ? undefined : await signer.readOwnAccess(earlierToken);
  if (earlier?.room === room.id && earlier.sub === sub) return;
  if (room.locked) throw new Refusal('room-locked', 'Nobody new may join this room now.');
  if (password === undefined || !(await isPassword(password, room.password!)))
    throw new Refusal('password-required', password === undefined ? undefined : 'This is not the password.');
}
