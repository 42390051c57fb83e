import { describe, expect, test } from 'vitest';
import { claimsOf, FakePeer, videoOptions, type ClaimsOptions } from '../room.fixture.ts';
import { Room } from '../room.ts';
import { roomCommandHandlers as commands } from './commands.ts';

function join(room: Room, identity: string, options?: ClaimsOptions) {
  const peer = new FakePeer();
  return { peer, participant: room.join(claimsOf(identity, options), peer) };
}

function openRoom() {
  const room = new Room(claimsOf('anybody'));
  return { room, ada: join(room, 'ada'), bob: join(room, 'bob') };
}

describe('a participant that the owner of the room changes', () => {
  test('has another name, other attributes and permissions, and is told of', () => {
    const { room, bob } = openRoom();
    const permissions = { publish: false };
    const changed = commands.updateParticipant(room, { identity: 'ada', name: 'Countess', permissions });
    expect(changed).toMatchObject({ identity: 'ada', name: 'Countess', permissions: { publish: false, data: true } });
    expect(bob.peer.events).toMatchObject([{ type: 'participantChanged', identity: 'ada', name: 'Countess' }]);
    const again = commands.updateParticipant(room, { identity: 'ada', attributes: { role: 'guest' } });
    expect(again).toMatchObject({ name: 'Countess', attributes: { role: 'guest' }, permissions: { publish: false } });
  });

  test('has its track muted; nobody else has', () => {
    const { room, ada } = openRoom();
    const track = room.publish(ada.participant, videoOptions());
    const muted = commands.muteTrack(room, { identity: 'ada', trackId: track.id, muted: true });
    expect(muted.tracks).toMatchObject([{ id: track.id, muted: true, mutedByModerator: true }]);
    const foreign = () => commands.muteTrack(room, { identity: 'bob', trackId: track.id, muted: false });
    expect(foreign).toThrowError(expect.objectContaining({ code: 'track-not-found' }));
    expect(track.mutedByModerator).toBe(true);
  });

  test('is removed with a reason', () => {
    const { room, ada } = openRoom();
    commands.removeParticipant(room, { identity: 'ada', reason: 'enough', banSeconds: 0 });
    expect(ada.peer.closing).toEqual({ code: 'removed', reason: 'removed' });
    expect(ada.peer.notices).toEqual([{ method: 'removed', params: { reason: 'enough' } }]);
  });

  test('is banned, even when it is not there', () => {
    const { room } = openRoom();
    commands.removeParticipant(room, { identity: 'ada', banSeconds: 60 });
    const ban = () => commands.removeParticipant(room, { identity: 'eve', banSeconds: 60 });
    expect(ban).toThrowError(expect.objectContaining({ code: 'participant-not-found' }));
    const banned = expect.objectContaining({ code: 'participant-banned' });
    for (const identity of ['ada', 'eve']) expect(() => join(room, identity)).toThrowError(banned);
  });

  test('is moved when its client can be told; its grants are what it may do now', () => {
    const { room, ada } = openRoom();
    room.setPermissions(ada.participant, { data: false });
    const move = () => commands.moveParticipant(room, { identity: 'ada', room: 'rm_other', token: 'token' });
    expect(move).toThrowError(expect.objectContaining({ code: 'participant-not-movable' }));
    ada.peer.movable = true;
    expect(commands.describeMovable(room, { identity: 'ada' })).toMatchObject({
      name: 'ada',
      grants: { data: false, publish: true, admin: false },
    });
    move();
    expect(ada.peer.notices).toEqual([{ method: 'moved', params: { room: 'rm_other', token: 'token' } }]);
    expect(room.participant('ada')).toBeUndefined();
  });

  test('is not found when it is not there, is hidden, or nobody is in the room', () => {
    const { room } = openRoom();
    join(room, 'ghost', { grants: { hidden: true } });
    const absent = expect.objectContaining({ code: 'participant-not-found' });
    for (const identity of ['eve', 'ghost']) {
      expect(() => commands.removeParticipant(room, { identity, banSeconds: 0 })).toThrowError(absent);
    }
    expect(() => commands.updateParticipant(undefined, { identity: 'ada' })).toThrowError(absent);
  });
});

describe('a message of the owner of the room', () => {
  const message = { topic: 'chat', data: 'hello', encoding: 'text', lossy: false } as const;

  test('goes to all or to some, without a sender', () => {
    const { room, ada, bob } = openRoom();
    expect(commands.sendMessage(room, message)).toEqual({ recipients: 2, missing: [] });
    expect(commands.sendMessage(room, { ...message, to: ['bob', 'eve'] })).toEqual({
      recipients: 1,
      missing: ['eve'],
    });
    const received = { topic: 'chat', data: 'hello', encoding: 'text' };
    expect(ada.peer.messages).toEqual([received]);
    expect(bob.peer.messages).toEqual([received, received]);
  });

  test('that is too large goes to nobody', () => {
    const { room, ada } = openRoom();
    const send = () => commands.sendMessage(room, { ...message, data: 'x'.repeat(65_537) });
    expect(send).toThrowError(expect.objectContaining({ code: 'message-too-large' }));
    expect(ada.peer.messages).toEqual([]);
  });

  test('reaches nobody where nobody is', () => {
    expect(commands.sendMessage(undefined, { ...message, to: ['ada'] })).toEqual({ recipients: 0, missing: ['ada'] });
  });
});
