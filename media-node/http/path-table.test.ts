import { expect, test } from 'vitest';
import { PathTable } from './path-table.ts';

const table = new PathTable({ '/': 'root', '/whip': 'endpoint', '/whip/{session}': 'session', '/a/{b}/c/{d}': 'deep' });

test.each([
  ['/', 'root', {}],
  ['/whip', 'endpoint', {}],
  ['/whip/abc', 'session', { session: 'abc' }],
  ['/a/x%2Fy/c/z', 'deep', { b: 'x%2Fy', d: 'z' }],
])('%s is %s', (path, value, params) => {
  expect(table.find(path)).toEqual({ value, params });
});

test.each(['', '/whip/', '/whip/a/b', '/whep', '/__proto__', '/a//c/d'])('%o is nothing', (path) => {
  expect(table.find(path)).toBeUndefined();
});
