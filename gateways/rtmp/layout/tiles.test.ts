import type { Participant } from '@muon/contract/participant.ts';
import { expect, test } from 'vitest';
import { afterEvent, type Participants } from './participants.ts';
import { screensFirst, tileSources } from './tiles.ts';

const camera = track('tk_camera', 'video', 'camera');
const screen = track('tk_screen', 'video', 'screen');
const microphone = track('tk_mic', 'audio', 'microphone');

function track(id: string, kind: 'audio' | 'video', source: 'camera' | 'screen' | 'microphone') {
  return { id, kind, source, muted: false, mimeType: 'video/VP8', msid: id };
}

function person(identity: string, ...tracks: Participant['tracks']): Participant {
  return { identity, name: identity, kind: 'standard', attributes: {}, tracks };
}

test('every video that is on has a tile', () => {
  expect(tileSources([person('ada', camera, screen, microphone), person('bob', camera)])).toEqual([
    { identity: 'ada', trackId: 'tk_camera' },
    { identity: 'ada', trackId: 'tk_screen', screen: true },
    { identity: 'bob', trackId: 'tk_camera' },
  ]);
});

test('who only speaks, or turned the camera off, has a plain tile; who only watches has none', () => {
  const off = { ...camera, muted: true };
  expect(tileSources([person('phone', microphone), person('shy', off), person('viewer')])).toEqual([
    { identity: 'phone' },
    { identity: 'shy' },
  ]);
});

test('a room follows its events', () => {
  let room: Participants = new Map();
  room = afterEvent(room, { type: 'participantJoined', participant: person('ada') });
  room = afterEvent(room, { type: 'trackPublished', identity: 'ada', track: camera });
  room = afterEvent(room, { type: 'trackPublished', identity: 'ada', track: screen });
  room = afterEvent(room, { type: 'trackChanged', identity: 'ada', track: { ...camera, muted: true } });
  expect(room.get('ada')!.tracks).toEqual([{ ...camera, muted: true }, screen]);
  room = afterEvent(room, { type: 'trackUnpublished', identity: 'ada', trackId: 'tk_camera' });
  expect(room.get('ada')!.tracks).toEqual([screen]);
  expect(afterEvent(room, { type: 'trackPublished', identity: 'nobody', track: camera })).toEqual(room);
  expect(afterEvent(room, { type: 'participantLeft', identity: 'ada' }).size).toBe(0);
});

test('screens are before all else when they are wanted first', () => {
  const sources = tileSources([person('ada', camera), person('bob', camera, screen), person('carol', camera)]);
  expect(screensFirst(sources).map(({ identity, screen: shown = false }) => [identity, shown])).toEqual([
    ['bob', true],
    ['ada', false],
    ['bob', false],
    ['carol', false],
  ]);
});
