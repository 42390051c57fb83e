import { describe, expect, test } from 'vitest';
import { ActiveSpeakers } from './active-speakers.ts';

const TICK_MS = 100;

/** Feeds the same levels for a while; the speakers after each change. */
function play(speakers: ActiveSpeakers, levels: Record<string, number>, fromMs: number, forMs: number): string[][] {
  const changes: string[][] = [];
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += TICK_MS) {
    if (speakers.update(new Map(Object.entries(levels)), nowMs)) {
      changes.push(speakers.speakers.map(({ identity }) => identity));
    }
  }
  return changes;
}

describe('active speakers', () => {
  test('are told once when somebody begins, and once when they have stopped for a while', () => {
    const speakers = new ActiveSpeakers();
    expect(play(speakers, { ada: 30 }, 0, 2000)).toEqual([['ada']]);
    expect(play(speakers, { ada: 127 }, 2000, 800)).toEqual([]);
    expect(play(speakers, { ada: 127 }, 2800, 2000)).toEqual([[]]);
  });

  test('pause between words without being told', () => {
    const speakers = new ActiveSpeakers();
    play(speakers, { ada: 30 }, 0, 1000);
    for (let word = 0; word < 5; word += 1) {
      expect(play(speakers, { ada: 90 }, 1000 + word * 1000, 600)).toEqual([]);
      expect(play(speakers, { ada: 30 }, 1600 + word * 1000, 400)).toEqual([]);
    }
  });

  test('do not include whoever only clicks, or whose room is noisy', () => {
    const speakers = new ActiveSpeakers();
    expect(play(speakers, { ada: 10 }, 0, 100)).toEqual([]);
    expect(play(speakers, { ada: 60, bob: 55 }, 100, 5000)).toEqual([]);
  });

  test('go on where they would not begin', () => {
    const speakers = new ActiveSpeakers();
    expect(play(speakers, { ada: 45 }, 0, 1000)).toEqual([]);
    play(speakers, { ada: 30 }, 1000, 1000);
    expect(play(speakers, { ada: 45 }, 2000, 5000)).toEqual([]);
    expect(speakers.speakers).toHaveLength(1);
  });

  test('come loudest first, and equals do not change places', () => {
    const speakers = new ActiveSpeakers();
    play(speakers, { ada: 30, bob: 20 }, 0, 2000);
    expect(speakers.speakers.map(({ identity }) => identity)).toEqual(['bob', 'ada']);
    expect(play(speakers, { ada: 18, bob: 20 }, 2000, 3000)).toEqual([]);
    expect(play(speakers, { ada: 10, bob: 20 }, 5000, 3000)).toEqual([['ada', 'bob']]);
    const [ada, bob] = speakers.speakers;
    expect(ada!.level).toBeGreaterThan(bob!.level);
    expect(bob!.level).toBeCloseTo(0.1, 2);
  });

  test('do not include whoever is not heard of any more', () => {
    const speakers = new ActiveSpeakers();
    play(speakers, { ada: 30 }, 0, 1000);
    expect(play(speakers, {}, 1000, 2000)).toEqual([[]]);
  });
});
