import { describe, expect, test } from 'vitest';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { claimsOf, FakeForwarder, FakePeer, videoOptions, type ClaimsOptions } from './room.fixture.ts';
import { Room } from './room.ts';

function join(into: Room, identity: string, options?: ClaimsOptions) {
  const peer = new FakePeer();
  return { peer, participant: into.join(claimsOf(identity, options), peer) };
}

function openRoom() {
  const room = new Room(claimsOf('anybody'));
  return { room, ada: join(room, 'ada'), bob: join(room, 'bob') };
}

describe('a track that a moderator muted', () => {
  test('goes to nobody until that is lifted, whatever its publisher says', () => {
    const { room, ada } = openRoom();
    const sunk: unknown[] = [];
    let keyframes = 0;
    const track = room.publish(ada.participant, videoOptions({ requestKeyframe: () => (keyframes += 1) }));
    track.addSink({ packet: (packet) => sunk.push(packet), senderReport: () => {} });
    const asked = keyframes;
    room.muteByModerator(track, true);
    room.setMuted(track, false);
    track.deliver(rtpPacket(), 0);
    expect(sunk).toEqual([]);
    expect(track.describe()).toMatchObject({ muted: true, mutedByModerator: true });
    room.muteByModerator(track, false);
    track.deliver(rtpPacket(), 0);
    expect(sunk).toHaveLength(1);
    expect(keyframes).toBe(asked + 1);
    expect(track.describe()).not.toHaveProperty('mutedByModerator');
  });

  test('is shown so to the others, and told to its publisher', () => {
    const { room, ada, bob } = openRoom();
    const track = room.publish(ada.participant, videoOptions());
    room.muteByModerator(track, true);
    room.muteByModerator(track, true);
    expect(bob.peer.types).toEqual(['trackPublished', 'trackChanged']);
    expect(ada.peer.notices).toEqual([{ method: 'muted', params: { trackId: track.id, muted: true } }]);
  });

  test('stays muted when it is published again, even after joining again', () => {
    const { room, ada } = openRoom();
    room.muteByModerator(room.publish(ada.participant, videoOptions()), true);
    const again = join(room, 'ada');
    expect(room.publish(again.participant, videoOptions()).mutedByModerator).toBe(true);
    expect(room.publish(again.participant, videoOptions({ source: 'screen' })).mutedByModerator).toBe(false);
  });
});

describe('a permission that a moderator took away', () => {
  test('to publish ends the tracks that it is about, and those alone', () => {
    const { room, ada, bob } = openRoom();
    const camera = room.publish(ada.participant, videoOptions());
    const screen = room.publish(ada.participant, videoOptions({ source: 'screen' }));
    room.setPermissions(ada.participant, { sources: ['screen'] });
    expect([...room.tracks]).toEqual([screen]);
    expect(bob.peer.events.at(-1)).toEqual({ type: 'trackUnpublished', identity: 'ada', trackId: camera.id });
    expect(ada.peer.permissions).toMatchObject({ publish: true, sources: ['screen'] });
    expect(ada.participant.mayPublish('camera')).toBe(false);
  });

  test('is not had again by joining again', () => {
    const { room, ada } = openRoom();
    room.setPermissions(ada.participant, { publish: false });
    expect(join(room, 'ada').participant.mayPublish('camera')).toBe(false);
    room.setPermissions(room.participant('ada')!, { publish: true });
    expect(join(room, 'ada').participant.mayPublish('camera')).toBe(true);
  });
});

test('whoever is removed is told why, closed, and gone for the others', () => {
  const { room, ada, bob } = openRoom();
  room.removeParticipant(ada.participant, 'enough');
  expect(ada.peer.notices).toEqual([{ method: 'removed', params: { reason: 'enough' } }]);
  expect(ada.peer.closing).toEqual({ code: 'removed', reason: 'removed' });
  expect(bob.peer.types).toEqual(['participantLeft']);
});

test('whoever is moved is told where, with what it joins there', () => {
  const { room, bob } = openRoom();
  room.moveParticipant(bob.participant, 'geometry', 'token');
  expect(bob.peer.notices).toEqual([{ method: 'moved', params: { room: 'geometry', token: 'token' } }]);
  expect(bob.peer.closing).toEqual({ code: 'moved', reason: 'moved' });
});

test('a new profile is told to all, the participant among them; that of a hidden one to itself alone', () => {
  const { room, ada, bob } = openRoom();
  const hidden = join(room, 'ghost', { grants: { hidden: true } });
  const profile = { name: 'Countess', attributes: { role: 'teacher' } };
  room.update(ada.participant, profile);
  room.update(hidden.participant, profile);
  const event = { type: 'participantChanged', identity: 'ada', ...profile };
  expect(bob.peer.events).toEqual([event]);
  expect(ada.peer.events.at(-1)).toEqual(event);
  expect(room.describe()[0]).toMatchObject(profile);
  expect(hidden.peer.events.at(-1)).toMatchObject({ identity: 'ghost' });
});

describe('a message', () => {
  const text = { from: 'ada', topic: 'chat', data: 'hello', encoding: 'text' } as const;

  test('goes to all others, or to those that are named', () => {
    const { room, ada, bob } = openRoom();
    const eve = join(room, 'eve');
    expect(room.send(text, {})).toEqual({ recipients: 2, missing: [] });
    expect(room.send(text, { to: ['eve', 'nobody', 'eve'], lossy: true })).toEqual({
      recipients: 1,
      missing: ['nobody'],
    });
    expect(bob.peer.messages).toEqual([text]);
    expect(eve.peer.messages).toEqual([text, { ...text, lossy: true }]);
    expect(ada.peer.messages).toEqual([]);
  });

  test('of the owner of the room goes to all; nobody learns of who is hidden', () => {
    const { room, ada, bob } = openRoom();
    const ghost = join(room, 'ghost', { grants: { hidden: true } });
    const { from: _, ...anonymous } = text;
    expect(room.send(anonymous, {})).toEqual({ recipients: 2, missing: [] });
    expect(room.send(text, { to: ['ghost'] })).toEqual({ recipients: 0, missing: ['ghost'] });
    expect([ada, bob, ghost].map(({ peer }) => peer.messages.length)).toEqual([1, 1, 1]);
  });

  test('does not go to those who may not subscribe', () => {
    const { room, bob } = openRoom();
    room.setPermissions(bob.participant, { subscribe: false });
    expect(room.send(text, {})).toEqual({ recipients: 0, missing: [] });
    room.relay(room.participant('ada')!, 'chat', 'hello');
    expect(bob.peer.messages).toEqual([]);
  });
});

test('a moderated track costs the forwarder nothing', () => {
  const { room, ada } = openRoom();
  const forwarder = new FakeForwarder();
  const track = room.publish(ada.participant, videoOptions({ forwarder }));
  track.addSender({ interrupt: () => undefined } as never);
  room.muteByModerator(track, true);
  track.deliver(rtpPacket(), 0);
  expect(forwarder.forwarded).toEqual([]);
});

describe('a participant that is banned', () => {
  test('does not come back, in whatever way, and others do', () => {
    const { room, ada, bob } = openRoom();
    room.ban('ada', 3600);
    room.removeParticipant(ada.participant, undefined);
    const refusal = expect.objectContaining({ code: 'participant-banned', retryAfterSeconds: 3600 });
    expect(() => join(room, 'ada')).toThrowError(refusal);
    expect(() => join(room, 'ada', { grants: { link: true, hidden: true } })).toThrowError(refusal);
    room.removeParticipant(bob.participant, undefined);
    expect(() => join(room, 'bob')).not.toThrow();
  });

  test('for 0 seconds is none', () => {
    const { room, ada } = openRoom();
    room.ban('ada', 0);
    room.removeParticipant(ada.participant, undefined);
    expect(() => join(room, 'ada')).not.toThrow();
  });
});
