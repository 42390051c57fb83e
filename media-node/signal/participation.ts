import { attributes as attributesSchema } from '@muon/contract/identity.ts';
import type { MessageBudget } from '../message-budget.ts';
import type { Profile } from '../participant.ts';
import type { Seat } from '../rooms.ts';
import { messageRefusals, sendMessage } from '../send-message.ts';
import type { Methods, Params } from './methods.ts';
import { RpcError } from './rpc.ts';

/** JSON-RPC's numbers for why a message was not sent. */
const faults = {
  forbidden: 'forbidden',
  'message-too-large': 'tooLarge',
  'too-many-messages': 'tooManyRequests',
  'participant-not-found': 'notFound',
} as const;

/** What a participant does for itself. `seat` gives its place in the room. */
export function participationMethods(
  seat: () => Seat,
  budget: MessageBudget,
): Methods<'mute' | 'updateSelf' | 'sendMessage'> {
  return {
    mute({ trackId, muted }) {
      const { room, participant } = seat();
      const track = participant.tracks.get(trackId);
      if (!track) throw new RpcError('notFound', 'You publish no such track.', 'track-not-found');
      room.setMuted(track, muted);
      return { result: null };
    },
    updateSelf(changes) {
      const { room, participant } = seat();
      if (!participant.claims.grants.updateSelf) {
        throw new RpcError('forbidden', 'The token does not allow it.', 'forbidden');
      }
      const profile = toProfile(participant.profile, participant.claims.attributes ?? {}, changes);
      return { result: profile, afterwards: () => room.update(participant, profile) };
    },
    sendMessage(message) {
      const outcome = sendMessage(seat(), budget, message);
      if (typeof outcome === 'string') throw new RpcError(faults[outcome], messageRefusals[outcome], outcome);
      return { result: outcome };
    },
  };
}

/** @throws RpcError when an attribute is the token's, or there would be too many of them. */
function toProfile(
  { name, attributes }: Profile,
  settled: Readonly<Record<string, string>>,
  changes: Params<'updateSelf'>,
): Profile {
  const next = new Map(Object.entries(attributes));
  for (const [key, value] of Object.entries(changes.attributes ?? {})) {
    if (Object.hasOwn(settled, key)) throw new RpcError('forbidden', `The token says what ${key} is.`, 'forbidden');
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  const parsed = attributesSchema.safeParse(Object.fromEntries(next));
  if (!parsed.success) throw new RpcError('invalidParams', parsed.error.issues[0]!.message, 'invalid-request');
  return { name: changes.name ?? name, attributes: parsed.data };
}
