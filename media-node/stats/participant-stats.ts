import type { ParticipantStats } from '@muon/contract/participant-stats.ts';
import type { IncomingStats } from '../io/receiver.ts';
import type { Participant } from '../participant.ts';
import type { Room } from '../room.ts';
import type { Track } from '../track.ts';

/** Everybody who is shown in a room, and how they fare now. */
export function readParticipants(room: Room): ParticipantStats[] {
  const nowMs = performance.now();
  const qualities = new Map(room.qualities.map(({ identity, quality }) => [identity, quality]));
  return room.visible.map((participant) => {
    const quality = qualities.get(participant.identity);
    return { ...readParticipant(participant, nowMs), ...(quality === undefined ? {} : { quality }) };
  });
}

/** One of those. */
export function readParticipantNow(room: Room, participant: Participant): ParticipantStats {
  const quality = room.qualities.find(({ identity }) => identity === participant.identity)?.quality;
  return { ...readParticipant(participant, performance.now()), ...(quality === undefined ? {} : { quality }) };
}

function readParticipant(participant: Participant, nowMs: number): ParticipantStats {
  const { connection, subscriptions, receiving, incoming } = participant.peer.stats(nowMs);
  const { identity, name, kind, attributes } = participant.describe();
  return {
    identity,
    name,
    kind,
    attributes,
    connection,
    joinedAt: participant.joinedAt.toISOString(),
    permissions: participant.permissions,
    tracks: [...participant.tracks.values()].map((track) => readTrack(track, incoming?.get(track.id))),
    subscriptions: [...subscriptions],
    ...(receiving === undefined
      ? {}
      : {
          receiving: {
            sendBps: Math.round(receiving.sendBps),
            lossFraction: receiving.lossFraction,
            ...(receiving.estimateBps === undefined ? {} : { estimateBps: Math.round(receiving.estimateBps) }),
            ...(receiving.rttMs === undefined ? {} : { rttMs: receiving.rttMs }),
          },
        }),
  };
}

function readTrack(track: Track, incoming: IncomingStats | undefined): ParticipantStats['tracks'][number] {
  const { id, kind, source, name, muted, mutedByModerator, mimeType } = track.describe();
  const layers = track.layers().map(({ spatial, temporal, bitrateBps, width, height }) => ({
    spatial,
    temporal,
    bitrateBps: Math.round(bitrateBps),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  }));
  return {
    id,
    kind,
    source,
    ...(name === undefined ? {} : { name }),
    muted,
    ...(mutedByModerator === undefined ? {} : { mutedByModerator }),
    mimeType,
    bitrateBps: incoming ? Math.round(incoming.bitrateBps) : sumOfEncodings(layers),
    ...(incoming
      ? {
          lossFraction: incoming.lossFraction,
          jitterMs: incoming.jitterMs,
          ...(incoming.rttMs === undefined ? {} : { rttMs: incoming.rttMs }),
        }
      : {}),
    layers,
  };
}

/** Layers of one spatial rank hold each other; encodings of simulcast do not. */
function sumOfEncodings(layers: readonly { readonly spatial: number; readonly bitrateBps: number }[]): number {
  const highest = new Map<number, number>();
  for (const { spatial, bitrateBps } of layers) highest.set(spatial, Math.max(highest.get(spatial) ?? 0, bitrateBps));
  return [...highest.values()].reduce((sum, bitrateBps) => sum + bitrateBps, 0);
}
