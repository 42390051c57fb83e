import { describe, expect, test } from 'vitest';
import { claimsOf, FakePeer } from './room.fixture.ts';
import { Rooms } from './rooms.ts';

describe('the rooms of a node', () => {
  test('come with their first participant and go with their last', () => {
    const rooms = new Rooms();
    const seats = ['ada', 'bob'].map((identity) => rooms.join(claimsOf(identity), new FakePeer()));
    expect(rooms.describe()).toEqual([{ id: 'rm_test', epoch: 1, participants: 2 }]);
    for (const seat of seats) seat.leave();
    expect(rooms.describe()).toEqual([]);
  });

  test('are not kept for somebody who was refused', () => {
    const rooms = new Rooms();
    expect(() => rooms.join(claimsOf('ada', { maxParticipants: 0 }), new FakePeer())).toThrow();
    expect(rooms.describe()).toEqual([]);
  });

  test('end when a later allocation comes, and refuse an earlier one', () => {
    const rooms = new Rooms();
    const ada = new FakePeer();
    const seat = rooms.join(claimsOf('ada', { epoch: 1 }), ada);
    rooms.join(claimsOf('bob', { epoch: 2 }), new FakePeer());
    expect(ada.closing).toEqual({ code: 'roomClosed', reason: 'room-moved' });
    expect(() => rooms.join(claimsOf('cleo', { epoch: 1 }), new FakePeer())).toThrow(
      expect.objectContaining({ code: 'conflict' }),
    );
    seat.leave();
    expect(rooms.describe()).toEqual([{ id: 'rm_test', epoch: 2, participants: 1 }]);
  });

  test('stay when their only participant is replaced by itself', () => {
    const rooms = new Rooms();
    const before = new FakePeer();
    const seat = rooms.join(claimsOf('ada'), before);
    before.close = () => seat.leave();
    rooms.join(claimsOf('ada'), new FakePeer());
    expect(rooms.describe()).toEqual([{ id: 'rm_test', epoch: 1, participants: 1 }]);
  });

  test('are closed by id', () => {
    const rooms = new Rooms();
    const ada = new FakePeer();
    rooms.join(claimsOf('ada'), ada);
    rooms.close('rm_other', { code: 'roomClosed', reason: 'room-deleted' });
    expect(ada.closing).toBeUndefined();
    rooms.close('rm_test', { code: 'roomClosed', reason: 'room-deleted' });
    expect(ada.closing?.code).toBe('roomClosed');
    expect(rooms.describe()).toEqual([]);
  });

  test('keep a ban though everybody has left, and in a later allocation', () => {
    const rooms = new Rooms();
    const { room, participant } = rooms.join(claimsOf('ada'), new FakePeer());
    room.ban('ada', 3600);
    room.removeParticipant(participant, undefined);
    rooms.close('rm_test', { code: 'roomClosed', reason: 'room-moved' });
    for (const epoch of [1, 2]) {
      expect(() => rooms.join(claimsOf('ada', { epoch }), new FakePeer())).toThrow(
        expect.objectContaining({ code: 'participant-banned' }),
      );
    }
    expect(rooms.describe()).toEqual([]);
  });
});
