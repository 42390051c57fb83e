import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { expect, test } from 'vitest';
import { Repeats } from './repeats.ts';

test.each(edges)('a packet is repeated once in a while, whatever else is asked for, from %i on', (start) => {
  const repeats = new Repeats();
  for (let by = 0; by < 20; by++) expect(repeats.take(after(start, by), by)).toBe(true);
  for (let by = 10; by < 20; by++) expect(repeats.take(after(start, by), 20)).toBe(false);
  for (let by = 0; by < 20; by++) expect(repeats.take(after(start, by), 40)).toBe(true);
});
