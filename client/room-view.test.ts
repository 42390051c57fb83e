import type { Participant } from '@muon/contract/participant.ts';
import type { Permissions } from '@muon/contract/permissions.ts';
import { expect, test } from 'vitest';
import type { RoomEvents } from './room-events.ts';
import { RoomView } from './room-view.ts';

const permissions: Permissions = { publish: true, subscribe: true, data: true, sources: ['camera'] };

const participant = (identity: string, fields: Partial<Participant> = {}): Participant => ({
  identity,
  name: identity,
  kind: 'standard',
  attributes: {},
  tracks: [],
  ...fields,
});

const state = (participants: Participant[], fields: { readonly name?: string } = {}) => ({
  room: { id: 'rm_test', name: 'test' },
  participant: { identity: 'me', name: 'Me', attributes: {}, ...fields },
  permissions,
  participants,
  published: [],
  resumeToken: '',
});

function openView() {
  const told: [keyof RoomEvents, unknown][] = [];
  const view = new RoomView({ emit: (name, payload) => void told.push([name, payload]), media: () => undefined });
  view.resync(state([participant('ada')]));
  return { view, told, names: () => told.splice(0).map(([name]) => name) };
}

test('tells what is other than before, and nothing again', () => {
  const { view, names } = openView();
  expect(names()).toEqual(['localParticipantChanged', 'participantJoined']);
  view.resync(state([participant('ada')]));
  expect(names()).toEqual([]);
  view.resync(state([participant('ada', { name: 'Countess' }), participant('bob')], { name: 'I' }));
  expect(names()).toEqual(['localParticipantChanged', 'participantChanged', 'participantJoined']);
  expect(view.participants.map(({ name }) => name)).toEqual(['Countess', 'bob']);
});

test('tells the own change as that of the local participant', () => {
  const { view, names } = openView();
  names();
  view.apply({ type: 'participantChanged', identity: 'me', name: 'Other', attributes: {} });
  view.setPermissions({ ...permissions, publish: false });
  view.setPermissions({ ...permissions, publish: false });
  expect(names()).toEqual(['localParticipantChanged', 'localParticipantChanged']);
  expect(view.local).toMatchObject({ name: 'Other', permissions: { publish: false } });
});

test('knows how well somebody is connected until they leave', () => {
  const { view } = openView();
  view.setQuality('ada', 'poor');
  expect(view.quality('ada')).toBe('poor');
  view.apply({ type: 'participantLeft', identity: 'ada' });
  expect(view.quality('ada')).toBeUndefined();
  expect(view.participants).toEqual([]);
});

test('knows who speaks, loudest first', () => {
  const { view, told } = openView();
  const speakers = [
    { identity: 'ada', level: 0.9 },
    { identity: 'me', level: 0.1 },
  ];
  view.setSpeakers(speakers);
  expect(view.speakers).toEqual(['ada', 'me']);
  expect(told.at(-1)).toEqual(['speakersChanged', { identities: ['ada', 'me'], speakers }]);
});

test('is empty when it is cleared, without a word', () => {
  const { view, names } = openView();
  names();
  view.clear();
  expect(view.participants).toEqual([]);
  expect(names()).toEqual([]);
});
