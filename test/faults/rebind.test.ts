import { expect, test } from 'vitest';
import { rebind } from './scenarios.ts';

test('a client that gets another address and port outside has its media back within 2 s', async () => {
  const { awayMs, unseenMs } = await rebind(6);
  expect(Math.max(...awayMs, ...unseenMs)).toBeLessThan(2000);
});
