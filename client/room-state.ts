import type { Participant, RoomEvent, Track } from '@muon/contract/participant.ts';

/** The others in a room, by identity, in the order in which they came. */
export type Participants = ReadonlyMap<string, Participant>;

/** The room after an event; one that does not fit what is known changes nothing. */
export function reduce(participants: Participants, event: RoomEvent): Participants {
  switch (event.type) {
    case 'participantJoined':
      return new Map(participants).set(event.participant.identity, event.participant);
    case 'participantLeft': {
      const left = new Map(participants);
      return left.delete(event.identity) ? left : participants;
    }
    case 'participantChanged': {
      const participant = participants.get(event.identity);
      if (!participant) return participants;
      const { name, attributes } = event;
      return new Map(participants).set(event.identity, { ...participant, name, attributes });
    }
    case 'trackPublished':
    case 'trackChanged':
      return withTracks(participants, event.identity, (tracks) => put(tracks, event.track));
    case 'trackUnpublished':
      return withTracks(participants, event.identity, (tracks) => tracks.filter(({ id }) => id !== event.trackId));
    default:
      return participants;
  }
}

/** The events that lead from one state to another: what happened while nobody listened. */
export function difference(before: Participants, after: Participants): RoomEvent[] {
  const left = [...before.keys()].filter((identity) => !after.has(identity));
  return [
    ...left.map((identity) => ({ type: 'participantLeft', identity }) as const),
    ...[...after.values()].flatMap((participant) => {
      const known = before.get(participant.identity);
      if (!known) return [{ type: 'participantJoined', participant } as const];
      return [...profileDifference(known, participant), ...trackDifference(known, participant)];
    }),
  ];
}

function profileDifference(before: Participant, { identity, name, attributes }: Participant): RoomEvent[] {
  const unchanged = before.name === name && JSON.stringify(before.attributes) === JSON.stringify(attributes);
  return unchanged ? [] : [{ type: 'participantChanged', identity, name, attributes }];
}

function trackDifference({ identity, tracks: before }: Participant, { tracks: after }: Participant): RoomEvent[] {
  const gone = before.filter(({ id }) => !after.some((track) => track.id === id));
  const fresh = after.filter(({ id }) => !before.some((track) => track.id === id));
  const changed = after.filter((track) => before.some((known) => known.id === track.id && !same(known, track)));
  return [
    ...gone.map(({ id }) => ({ type: 'trackUnpublished', identity, trackId: id }) as const),
    ...changed.map((track) => ({ type: 'trackChanged', identity, track }) as const),
    ...fresh.map((track) => ({ type: 'trackPublished', identity, track }) as const),
  ];
}

function withTracks(
  participants: Participants,
  identity: string,
  change: (tracks: readonly Track[]) => Track[],
): Participants {
  const participant = participants.get(identity);
  if (!participant) return participants;
  return new Map(participants).set(identity, { ...participant, tracks: change(participant.tracks) });
}

function put(tracks: readonly Track[], track: Track): Track[] {
  const known = tracks.some(({ id }) => id === track.id);
  return known ? tracks.map((other) => (other.id === track.id ? track : other)) : [...tracks, track];
}

function same(a: Track, b: Track): boolean {
  return (
    a.muted === b.muted &&
    a.mutedByModerator === b.mutedByModerator &&
    a.name === b.name &&
    a.msid === b.msid &&
    a.source === b.source &&
    a.mimeType === b.mimeType
  );
}
