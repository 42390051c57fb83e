import { seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { expect, test } from 'vitest';
import { NumberMap } from './number-map.ts';

test('what goes on is numbered without a gap where something was left out', () => {
  const map = new NumberMap();
  map.restart(10);
  expect(map.keep(10, false)).toBe(10);
  map.omit(11, false);
  map.omit(12, false);
  expect(map.keep(13, false)).toBe(11);
  expect(map.keep(14, false)).toBe(12);
});

test('a gap of the network stays, and what comes late gets its place', () => {
  const map = new NumberMap();
  map.restart(0);
  expect(map.keep(0, false)).toBe(0);
  expect(map.keep(2, false)).toBe(2);
  map.omit(3, false);
  expect(map.keep(5, false)).toBe(4);
  expect(map.find(1)).toBe(1);
  expect(map.find(4)).toBe(3);
  expect(map.find(3)).toBeUndefined();
  expect(map.find(-1)).toBeUndefined();
});

test('a gap among what is left out closes where it would have been left out too', () => {
  const map = new NumberMap();
  map.restart(0);
  map.keep(0, false);
  map.omit(1, false);
  map.omit(4, true);
  expect(map.keep(6, true)).toBe(1);
  for (const lost of [2, 3, 5]) expect(map.find(lost)).toBeUndefined();
  map.omit(7, false);
  map.omit(9, false);
  expect(map.keep(10, false)).toBe(3);
  expect(map.find(8)).toBe(2);
});

test('nothing is numbered twice, however it is lost, delayed and left out', () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = seeded(seed);
    const map = new NumberMap();
    map.restart(0);
    const given = new Set<number>();
    const late: number[] = [];
    let keeps = true;
    for (let number = 0; number < 2000; number++) {
      if (random() < 0.3) keeps = !keeps;
      if (random() < 0.1) {
        late.push(number);
        continue;
      }
      const own = keeps ? map.keep(number, random() < 0.3) : undefined;
      if (!keeps) map.omit(number, random() < 0.3);
      const repaired = late.length > 0 && random() < 0.2 ? map.find(late.shift()!) : undefined;
      for (const mapped of [own, repaired]) {
        if (mapped === undefined) continue;
        expect(given.has(mapped)).toBe(false);
        given.add(mapped);
      }
    }
    expect(Math.max(...given)).toBeLessThan(2000);
  }
});
