import { MAX_MESSAGE_BYTES, messageBytes } from '@muon/contract/message.ts';
import type { RoomCommand, RoomCommandAnswer, RoomCommandParams } from '@muon/contract/room-command.ts';
import type { Participant } from '../participant.ts';
import { Refusal } from '../refusal.ts';
import type { Room } from '../room.ts';
import { readParticipantNow } from '../stats/participant-stats.ts';

/** Carries out each command in a room; undefined: nobody is in it. */
type Handlers = {
  readonly [Name in RoomCommand]: (room: Room | undefined, params: RoomCommandParams<Name>) => RoomCommandAnswer<Name>;
};

export const roomCommandHandlers: Handlers = {
  updateParticipant(maybe, { identity, name, attributes, permissions }) {
    const { room, participant } = find(maybe, identity);
    const { profile } = participant;
    if (name !== undefined || attributes !== undefined) {
      room.update(participant, { name: name ?? profile.name, attributes: attributes ?? profile.attributes });
    }
    if (permissions) room.setPermissions(participant, permissions);
    return readParticipantNow(room, participant);
  },

  muteTrack(maybe, { identity, trackId, muted }) {
    const { room, participant } = find(maybe, identity);
    const track = participant.tracks.get(trackId);
    if (!track) throw new Refusal('track-not-found', `${identity} publishes no track ${trackId}.`);
    room.muteByModerator(track, muted);
    return readParticipantNow(room, participant);
  },

  describeMovable(maybe, { identity }) {
    const { claims, profile, permissions } = findMovable(maybe, identity).participant;
    return { ...profile, grants: { ...claims.grants, ...permissions } };
  },

  moveParticipant(maybe, { identity, room: target, token }) {
    const { room, participant } = findMovable(maybe, identity);
    room.moveParticipant(participant, target, token);
    return {};
  },

  removeParticipant(maybe, { identity, reason, banSeconds }) {
    // Of who is not there, too: it may be about to come, with an access token that it has already.
    maybe?.ban(identity, banSeconds);
    const { room, participant } = find(maybe, identity);
    room.removeParticipant(participant, reason);
    return {};
  },

  sendMessage(room, { to, lossy, ...message }) {
    if (messageBytes(message) > MAX_MESSAGE_BYTES) {
      throw new Refusal('message-too-large', `A message has at most ${MAX_MESSAGE_BYTES} bytes.`);
    }
    const { topic, data, encoding } = message;
    if (!room) return { recipients: 0, missing: [...new Set(to)] };
    const { recipients, missing } = room.send(
      { topic, data, encoding },
      { lossy, ...(to === undefined ? {} : { to }) },
    );
    return { recipients, missing: [...missing] };
  },
};

function find(room: Room | undefined, identity: string): { readonly room: Room; readonly participant: Participant } {
  const participant = room?.participant(identity);
  if (!room || !participant) throw new Refusal('participant-not-found', `${identity} is not in the room.`);
  return { room, participant };
}

/** One whose client can be told to go elsewhere. */
function findMovable(room: Room | undefined, identity: string): ReturnType<typeof find> {
  const found = find(room, identity);
  if (found.participant.peer.movable) return found;
  throw new Refusal('participant-not-movable', `${identity} has a client that cannot be told to join another room.`);
}
