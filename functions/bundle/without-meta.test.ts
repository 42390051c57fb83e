import { expect, test } from 'vitest';
import { withoutMeta } from './without-meta.ts';

test.each([
  ["z.string().max(3).meta({ description: 'a (b' }).optional()", 'z.string().max(3).optional()'],
  ["a.meta({ x: `(${f('y')}`, z: 'it\\'s )' });\nb.meta({ id: 'B' }), c", 'a;\nb, c'],
  ['a.meta()?.description', 'a.meta()?.description'],
  ['nothing', 'nothing'],
])('%s becomes %s', (source, expected) => {
  expect(withoutMeta(source)).toBe(expected);
});
