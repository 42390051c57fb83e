import type { Participant } from '../participant.ts';
import type { Seat } from '../rooms.ts';
import type { Methods } from './methods.ts';
import { RpcError } from './rpc.ts';

/** What moderators may do, those with the grant `admin`. `seat` gives the moderator's place in the room. */
export function moderationMethods(
  seat: () => Seat,
): Methods<'muteTrack' | 'setPermissions' | 'removeParticipant' | 'moveParticipant'> {
  const moderated = (): Seat['room'] => {
    const { room, participant } = seat();
    if (!participant.claims.grants.admin) throw new RpcError('forbidden', 'Only moderators may do this.', 'forbidden');
    return room;
  };
  const find = (identity: string): Participant => {
    const participant = moderated().participant(identity);
    if (!participant) throw new RpcError('notFound', 'Nobody has this identity.', 'participant-not-found');
    return participant;
  };
  return {
    muteTrack({ trackId, muted }) {
      const room = moderated();
      const track = room.track(trackId);
      if (!track) throw new RpcError('notFound', 'There is no such track.', 'track-not-found');
      room.muteByModerator(track, muted);
      return { result: null };
    },
    setPermissions({ identity, permissions }) {
      seat().room.setPermissions(find(identity), permissions);
      return { result: null };
    },
    // Answered first: moderators may send themselves away, too.
    removeParticipant({ identity, reason, banSeconds = 0 }) {
      const participant = find(identity);
      const remove = (): void => {
        const { room } = seat();
        room.ban(identity, banSeconds);
        room.removeParticipant(participant, reason);
      };
      return { result: null, afterwards: remove };
    },
    moveParticipant({ identity, room, token }) {
      const participant = find(identity);
      return { result: null, afterwards: () => seat().room.moveParticipant(participant, room, token) };
    },
  };
}
