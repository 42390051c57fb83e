import { describe, expect, test } from 'vitest';
import { chooseTracks } from './choose-tracks.ts';

const voice = (identity: string) => ({ identity, kind: 'audio' as const });
const picture = (identity: string) => ({ identity, kind: 'video' as const });

describe('a player is sent', () => {
  test('nothing of an empty room', () => {
    expect(chooseTracks([], undefined)).toEqual({ audio: [], video: [] });
  });

  test('the first who has a picture, with their own voice', () => {
    const tracks = [voice('ada'), voice('bob'), picture('bob'), picture('eve')];
    expect(chooseTracks(tracks, undefined)).toEqual({ audio: [voice('bob')], video: [picture('bob')] });
  });

  test('a voice alone, where nobody has a picture', () => {
    expect(chooseTracks([voice('ada')], undefined)).toEqual({ audio: [voice('ada')], video: [] });
  });

  test('the one before, until somebody has a picture and they have none', () => {
    const tracks = [picture('ada'), picture('bob')];
    expect(chooseTracks(tracks, 'bob').video).toEqual([picture('bob')]);
    expect(chooseTracks([picture('ada'), voice('bob')], 'bob').video).toEqual([picture('ada')]);
    expect(chooseTracks([voice('ada'), voice('bob')], 'bob').audio).toEqual([voice('bob')]);
  });

  test('somebody else when the one before is gone', () => {
    expect(chooseTracks([picture('ada')], 'bob').video).toEqual([picture('ada')]);
  });

  test('all pictures of one participant, in the order that they came', () => {
    const [camera, screen] = [
      { ...picture('ada'), id: 1 },
      { ...picture('ada'), id: 2 },
    ];
    expect(chooseTracks([camera, picture('bob'), screen], undefined).video).toEqual([camera, screen]);
  });
});
