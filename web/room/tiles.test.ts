import type { RemoteParticipant, RemoteTrack } from '@muon/client/room-events.ts';
import { describe, expect, test } from 'vitest';
import { toTiles } from './tiles.ts';

const picture = { id: 'picture' } as MediaStreamTrack;
const self = { identity: 'me', name: 'Me', tracks: [] };

function track(source: RemoteTrack['source'], changes: Partial<RemoteTrack> = {}): RemoteTrack {
  const kind = source === 'microphone' || source === 'screen-audio' ? 'audio' : 'video';
  return { id: `tk_${source}`, kind, source, muted: false, mimeType: '', msid: '', media: picture, ...changes };
}

function participant(identity: string, tracks: RemoteTrack[], kind: RemoteParticipant['kind'] = 'standard') {
  return { identity, name: identity, kind, attributes: {}, tracks };
}

describe('tiles', () => {
  test('begin with oneself, and leave out broadcasts', () => {
    const tiles = toTiles(self, [participant('ada', []), participant('air', [], 'egress')], []);
    expect(tiles.map(({ identity, own }) => [identity, own])).toEqual([
      ['me', true],
      ['ada', false],
    ]);
  });

  test('show a camera only while it is not muted', () => {
    const [, on, off] = toTiles(
      self,
      [participant('on', [track('camera')]), participant('off', [track('camera', { muted: true })])],
      [],
    );
    expect(on?.video).toBe(picture);
    expect(off?.video).toBeUndefined();
  });

  test('tell who cannot be heard: without a microphone, or with a muted one', () => {
    const others = [
      participant('without', [track('camera'), track('screen-audio')]),
      participant('muted', [track('microphone', { muted: true })]),
      participant('heard', [track('microphone')]),
    ];
    const tiles = toTiles(self, others, ['heard', 'muted']);
    expect(tiles.slice(1).map(({ muted, speaking }) => [muted, speaking])).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ]);
  });

  test('give a shared screen a place of its own', () => {
    const tiles = toTiles(self, [participant('ada', [track('camera'), track('screen')])], []);
    expect(tiles.map(({ id, screen }) => [id, screen])).toEqual([
      ['me', false],
      ['ada', false],
      ['ada screen', true],
    ]);
  });
});
