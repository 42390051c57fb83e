import { describe, expect, test } from 'vitest';
import { decoders } from './decoders.ts';
import { fuzz } from './target.ts';

/** Few, since these run all the time; `npm run bench -- fuzz` runs a million. */
const INPUTS = 2000;

describe.each(decoders)('the decoder of $name', (target) => {
  test('reads what peers mean well', () => {
    for (const input of target.corpus) target.take(input);
  });

  test('throws nothing but refusals, whatever comes', () => {
    const { taken, refused } = fuzz(target, INPUTS, 1);
    expect(taken + refused).toBe(INPUTS);
  });
});
