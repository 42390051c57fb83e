import { describe, expect, test } from 'vitest';
import { claimsOf, FakePeer, videoOptions, type ClaimsOptions } from './room.fixture.ts';
import { Room } from './room.ts';

const newRoom = (): Room => new Room(claimsOf('anybody'));

function join(into: Room, identity: string, options?: ClaimsOptions) {
  const peer = new FakePeer();
  return { peer, participant: into.join(claimsOf(identity, options), peer) };
}

describe('a room', () => {
  test('tells those who are there of everybody who comes and goes, but for themselves', () => {
    const lobby = newRoom();
    const ada = join(lobby, 'ada');
    const bob = join(lobby, 'bob');
    lobby.leave(bob.participant);
    expect(ada.peer.types).toEqual(['participantJoined', 'participantLeft']);
    expect(bob.peer.types).toEqual([]);
    expect(lobby.describe().map(({ identity }) => identity)).toEqual(['ada']);
  });

  test('tells the others of a track, its mute, and its end', () => {
    const lobby = newRoom();
    const ada = join(lobby, 'ada');
    const bob = join(lobby, 'bob');
    const track = lobby.publish(ada.participant, videoOptions());
    expect(lobby.describe()[0]!.tracks).toEqual([track.describe()]);
    lobby.setMuted(track, true);
    lobby.setMuted(track, true);
    lobby.unpublish(track);
    lobby.unpublish(track);
    expect(bob.peer.types).toEqual(['trackPublished', 'trackChanged', 'trackUnpublished']);
    expect(ada.peer.types).toEqual(['participantJoined']);
    expect(lobby.track(track.id)).toBeUndefined();
  });

  test('ends the tracks of whoever leaves, before telling that they left', () => {
    const lobby = newRoom();
    const ada = join(lobby, 'ada');
    const bob = join(lobby, 'bob');
    lobby.publish(ada.participant, videoOptions());
    lobby.leave(ada.participant);
    lobby.leave(ada.participant);
    expect(bob.peer.types).toEqual(['trackPublished', 'trackUnpublished', 'participantLeft']);
    expect([...lobby.tracks]).toEqual([]);
  });

  test('replaces whoever had the identity before', () => {
    const lobby = newRoom();
    const before = join(lobby, 'ada', { maxParticipants: 1 });
    lobby.publish(before.participant, videoOptions());
    const after = join(lobby, 'ada', { maxParticipants: 1 });
    expect(before.peer.closing).toEqual({ code: 'replaced', reason: 'conflict' });
    expect(after.participant.tracks.size).toBe(0);
    expect(lobby.seats).toBe(1);
    lobby.leave(before.participant);
    expect(lobby.empty).toBe(false);
  });

  test('has as many seats as the token says; hidden participants take none', () => {
    const lobby = newRoom();
    join(lobby, 'ada', { maxParticipants: 1 });
    join(lobby, 'composer', { maxParticipants: 1, grants: { hidden: true } });
    expect(() => join(lobby, 'bob', { maxParticipants: 1 })).toThrow(expect.objectContaining({ code: 'room-full' }));
    expect(lobby.seats).toBe(1);
  });

  test('does not show a hidden participant, who may not publish', () => {
    const lobby = newRoom();
    const ada = join(lobby, 'ada');
    const { participant } = join(lobby, 'composer', { grants: { hidden: true } });
    lobby.leave(participant);
    expect(ada.peer.types).toEqual([]);
    expect(participant.mayPublish('camera')).toBe(false);
  });

  test('brings a message to all others', () => {
    const lobby = newRoom();
    const [ada, bob] = [join(lobby, 'ada'), join(lobby, 'bob')];
    lobby.relay(ada.participant, 'chat', 'hello');
    expect(bob.peer.messages).toEqual([['chat', 'hello']]);
    expect(ada.peer.messages).toEqual([]);
  });

  test('that is closed sends everybody away', () => {
    const lobby = newRoom();
    const peers = [join(lobby, 'ada').peer, join(lobby, 'bob').peer];
    lobby.close({ code: 'roomClosed', reason: 'room-deleted' });
    for (const { closing } of peers) expect(closing).toEqual({ code: 'roomClosed', reason: 'room-deleted' });
    expect(lobby.empty).toBe(true);
  });
});
