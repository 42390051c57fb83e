import type { Participant, Track } from '@muon/contract/participant.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { difference, reduce, type Participants } from './room-state.ts';

function track(id: string, changes: Partial<Track> = {}): Track {
  const known = { kind: 'video', source: 'camera', muted: false, mimeType: 'video/VP8' } as const;
  return { id: `tk_${id}`, msid: `stream ${id}`, ...known, ...changes };
}

function participant(identity: string, ...tracks: Track[]): Participant {
  return { identity, name: identity.toUpperCase(), kind: 'standard', attributes: {}, tracks };
}

function room(...participants: Participant[]): Participants {
  return new Map(participants.map((each) => [each.identity, each]));
}

describe('an event', () => {
  const before = room(participant('ada', track('1')), participant('bob'));

  test('adds who joined, and removes who left', () => {
    const joined = reduce(before, { type: 'participantJoined', participant: participant('eve') });
    expect([...joined.keys()]).toEqual(['ada', 'bob', 'eve']);
    const left = reduce(joined, { type: 'participantLeft', identity: 'ada' });
    expect([...left.keys()]).toEqual(['bob', 'eve']);
  });

  test('adds, changes and removes a track, and leaves the earlier state as it was', () => {
    const added = reduce(before, { type: 'trackPublished', identity: 'ada', track: track('2') });
    const muted = reduce(added, { type: 'trackChanged', identity: 'ada', track: track('2', { muted: true }) });
    const removed = reduce(muted, { type: 'trackUnpublished', identity: 'ada', trackId: 'tk_1' });
    expect(removed.get('ada')?.tracks).toEqual([track('2', { muted: true })]);
    expect(before.get('ada')?.tracks).toEqual([track('1')]);
  });

  test('about somebody unknown changes nothing', () => {
    expect(reduce(before, { type: 'trackPublished', identity: 'nobody', track: track('9') })).toBe(before);
    expect(reduce(before, { type: 'participantLeft', identity: 'nobody' })).toBe(before);
  });
});

test('the difference of two states leads from the one to the other', () => {
  const tracks = fc.uniqueArray(
    fc.record({ id: fc.constantFrom('1', '2', '3'), muted: fc.boolean() }).map(({ id, muted }) => track(id, { muted })),
    { selector: ({ id }) => id },
  );
  const states = fc
    .uniqueArray(fc.tuple(fc.constantFrom('ada', 'bob', 'eve'), tracks), { selector: ([identity]) => identity })
    .map((entries) => room(...entries.map(([identity, own]) => participant(identity, ...own))));
  fc.assert(
    fc.property(states, states, (before, after) => {
      const reached = difference(before, after).reduce(reduce, before);
      expect(sorted(reached)).toEqual(sorted(after));
    }),
  );
});

test('states that are alike differ in nothing', () => {
  const state = room(participant('ada', track('1')));
  expect(difference(state, room(participant('ada', track('1'))))).toEqual([]);
});

function sorted(participants: Participants) {
  return [...participants.values()]
    .map(({ identity, tracks }) => ({ identity, tracks: tracks.toSorted((a, b) => a.id.localeCompare(b.id)) }))
    .toSorted((a, b) => a.identity.localeCompare(b.identity));
}
