import { expect, test } from 'vitest';
import { withoutMeta, withoutProse } from './without-meta.ts';

test.each([
  ["z.string().max(3).meta({ description: 'a (b' }).optional()", 'z.string().max(3).optional()'],
  ["a.meta({ x: `(${f('y')}`, z: 'it\\'s )' });\nb.meta({ id: 'B' }), c", 'a;\nb, c'],
  ['a.meta()?.description', 'a.meta()?.description'],
  ['nothing', 'nothing'],
])('%s becomes %s', (source, expected) => {
  expect(withoutMeta(source)).toBe(expected);
});

test('what describes a route goes, on however many lines, and the rest stays', () => {
  const route = [
    '    path: "/v1/rooms",',
    "    summary: 'Give a key, and don\\'t lose it',",
    '    description:',
    "      'One. ' +",
    '      "Two: \'three\'.",',
    "    problems: ['room-not-found', 'forbidden'],",
    '    tag,',
    "    auth: { kind: 'key', scope: 'rooms:read' },",
  ];
  expect(withoutProse(route.join('\n')).split('\n')).toEqual([route[0], ...route.slice(6)]);
});
