import type { Participant, RoomEvent } from '@muon/contract/participant.ts';

/** Who is in a room, by identity, in the order in which they came. */
export type Participants = ReadonlyMap<string, Participant>;

/** The room after an event; an event about somebody unknown changes nothing. */
export function afterEvent(participants: Participants, event: RoomEvent): Participants {
  const next = new Map(participants);
  if (event.type === 'participantJoined') next.set(event.participant.identity, event.participant);
  else if (event.type === 'participantLeft') next.delete(event.identity);
  else change(next, event);
  return next;
}

type Tracks = Participant['tracks'];

function change(participants: Map<string, Participant>, event: RoomEvent & { readonly identity: string }): void {
  const participant = participants.get(event.identity);
  if (!participant) return;
  if (event.type === 'participantChanged') {
    const { name, attributes } = event;
    participants.set(event.identity, { ...participant, name, attributes });
    return;
  }
  const tracks =
    'track' in event
      ? replace(participant.tracks, event.track)
      : participant.tracks.filter(({ id }) => !('trackId' in event) || id !== event.trackId);
  participants.set(event.identity, { ...participant, tracks });
}

function replace(tracks: Tracks, track: Tracks[number]): Tracks {
  const known = tracks.some(({ id }) => id === track.id);
  return known ? tracks.map((other) => (other.id === track.id ? track : other)) : [...tracks, track];
}
