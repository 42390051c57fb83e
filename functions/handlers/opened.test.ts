import { expect, test } from 'vitest';
import { openedOnce } from './opened.ts';

test('what failed to open is opened by the next use, and then kept', async () => {
  const answers = [Promise.reject(new Error('away')), Promise.resolve({})];
  const use = openedOnce(() => answers.shift() ?? Promise.reject(new Error('opened again')));
  await expect(use()).rejects.toThrow('away');
  expect(await use()).toBe(await use());
});
