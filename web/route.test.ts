import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFragment, toFragment, toGuestLink } from './route.ts';

describe('a fragment', () => {
  test('without anything shows the rooms', () => {
    for (const hash of ['', '#', '#/', '#nonsense', '#/rooms/']) {
      expect(readFragment(hash)).toEqual({ route: { page: 'rooms' } });
    }
  });

  test('brings an API key', () => {
    expect(readFragment('#key=mk_1_secret')).toEqual({ route: { page: 'rooms' }, key: 'mk_1_secret' });
  });

  test('brings a guest', () => {
    const link = new URL(toGuestLink('http://localhost:8080', { token: 'a.b.c', room: 'algebra' }));
    expect(readFragment(link.hash)).toEqual({ route: { page: 'guest' }, guest: { token: 'a.b.c', room: 'algebra' } });
  });

  test('leads back to its page', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (room) => {
        expect(readFragment(toFragment({ page: 'room', room })).route).toEqual({ page: 'room', room });
      }),
    );
    expect(readFragment(toFragment({ page: 'guest' })).route).toEqual({ page: 'guest' });
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (hash) => void readFragment(hash)));
    expect(readFragment('#/rooms/%E0%A4%A').route).toEqual({ page: 'room', room: '%E0%A4%A' });
  });
});
