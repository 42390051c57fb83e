import { expect, test } from 'vitest';
import { trackSource } from '@muon/contract/participant.ts';
import { Moderation } from './moderation.ts';
import { claimsOf } from './room.fixture.ts';

test('permissions are those of the token until a moderator changes some, and the others stay', () => {
  const moderation = new Moderation();
  const ada = claimsOf('ada', { grants: { data: false, sources: ['microphone'] } });
  const granted = { publish: true, subscribe: true, data: false, sources: ['microphone'] };
  expect(moderation.permissionsOf(ada)).toEqual(granted);
  moderation.change('ada', { publish: false });
  moderation.change('ada', { data: true });
  expect(moderation.permissionsOf(ada)).toEqual({ ...granted, publish: false, data: true });
  expect(moderation.permissionsOf(claimsOf('bob'))).toMatchObject({ publish: true, sources: trackSource.options });
});

test('a mute is of one source of one participant, until it is lifted', () => {
  const moderation = new Moderation();
  moderation.setMuted('ada', 'microphone', true);
  expect(moderation.isMuted('ada', 'microphone')).toBe(true);
  expect(moderation.isMuted('ada', 'camera')).toBe(false);
  expect(moderation.isMuted('bob', 'microphone')).toBe(false);
  moderation.setMuted('ada', 'microphone', false);
  expect(moderation.isMuted('ada', 'microphone')).toBe(false);
});
