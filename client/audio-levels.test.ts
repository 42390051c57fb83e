import { describe, expect, test } from 'vitest';
import { audioLevels, Speakers } from './audio-levels.ts';

test('levels are taken from what is received and what is sent, not from elsewhere', () => {
  const levels = audioLevels([
    { type: 'inbound-rtp', kind: 'audio', audioLevel: 0.5, trackIdentifier: 'theirs' },
    { type: 'media-source', kind: 'audio', audioLevel: 0.1, trackIdentifier: 'mine' },
    { type: 'inbound-rtp', kind: 'video', trackIdentifier: 'picture' },
    { type: 'remote-inbound-rtp', kind: 'audio' },
  ]);
  expect([...levels]).toEqual([
    ['theirs', 0.5],
    ['mine', 0.1],
  ]);
});

describe('speakers', () => {
  test('come loudest first, without the quiet', () => {
    const levels = new Map(Object.entries({ ada: 0.1, bob: 0.4, eve: 0.001 }));
    expect(new Speakers().update(levels, 0)).toEqual(['bob', 'ada']);
  });

  test('stay for a pause between words, and no longer', () => {
    const speakers = new Speakers();
    speakers.update(new Map([['ada', 0.3]]), 0);
    expect(speakers.update(new Map([['ada', 0]]), 800)).toEqual(['ada']);
    expect(speakers.update(new Map([['ada', 0]]), 801)).toEqual([]);
  });

  test('who has gone speaks no more', () => {
    const speakers = new Speakers();
    speakers.update(new Map([['ada', 0.3]]), 0);
    expect(speakers.update(new Map(), 10)).toEqual([]);
  });
});
