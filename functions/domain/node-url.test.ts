import { expect, test } from 'vitest';
import { toNodeUrl } from './node-url.ts';

test.each([
  ['ws://localhost:7000/ws', 'http://localhost:7000/whip'],
  ['wss://media.example.com/ws', 'https://media.example.com/whip'],
  ['wss://example.com/node-1/ws', 'https://example.com/node-1/whip'],
  ['ws://[2001:db8::1]:7000/ws', 'http://[2001:db8::1]:7000/whip'],
])('a node whose clients connect to %s answers HTTP at %s', (url, expected) => {
  expect(toNodeUrl(url, '/whip').href).toBe(expected);
});
