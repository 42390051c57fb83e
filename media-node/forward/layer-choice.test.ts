import { expect, test } from 'vitest';
import { LayerChoice } from './layer-choice.ts';

test('the best layer that flows goes on, from its keyframe', () => {
  const choice = new LayerChoice();
  expect(choice.accept(0, false, 0)).toBe(false);
  expect(choice.accept(0, true, 1)).toBe(true);
  expect(choice.accept(2, false, 2)).toBe(false);
  expect(choice.wanted(3)).toBe(2);
  expect(choice.accept(0, false, 4)).toBe(true);
  expect(choice.accept(2, true, 5)).toBe(true);
  expect(choice.current).toBe(2);
  expect(choice.accept(0, true, 6)).toBe(false);
  expect(choice.wanted(7)).toBeUndefined();
});

test('a lower layer takes over when the better one stalls', () => {
  const choice = new LayerChoice();
  choice.accept(2, true, 0);
  for (let ms = 10; ms < 900; ms += 10) choice.accept(1, false, ms);
  expect(choice.wanted(900)).toBe(1);
  expect(choice.accept(1, true, 910)).toBe(true);
  expect(choice.current).toBe(1);
});

test('a layer that is gone is not waited for', () => {
  const choice = new LayerChoice();
  choice.accept(1, true, 0);
  choice.accept(0, false, 1);
  choice.remove(1);
  expect(choice.current).toBeUndefined();
  expect(choice.wanted(2)).toBe(0);
  expect(choice.accept(0, true, 3)).toBe(true);
});
