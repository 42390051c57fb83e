import { roomName } from '@muon/contract/room.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toRoomName } from './room-name.ts';

test('a title becomes a name', () => {
  expect(toRoomName('  Algèbre 101: Été ')).toBe('algebre-101-ete-');
});

test('a hyphen may be typed before the next word', () => {
  expect(toRoomName('team-')).toBe('team-');
});

test('whatever is typed, the API takes it once its last hyphen is gone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (typed) => {
      const name = toRoomName(typed).replace(/-$/, '');
      expect(name === '' || roomName.safeParse(name).success).toBe(true);
    }),
  );
});
