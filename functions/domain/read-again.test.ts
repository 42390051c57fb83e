import { expect, test } from 'vitest';
import { readAgain } from './read-again.ts';

test('tries until nobody came in between', async () => {
  let tried = 0;
  expect(await readAgain(() => Promise.resolve((tried += 1) === 3 ? 'written' : undefined))).toBe('written');
  expect(tried).toBe(3);
});

test('sends its caller away when others come in between each time', async () => {
  let tried = 0;
  const attempt = (): Promise<undefined> => {
    tried += 1;
    return Promise.resolve(undefined);
  };
  await expect(readAgain(attempt)).rejects.toMatchObject({ code: 'overloaded', status: 503, retryAfterSeconds: 1 });
  expect(tried).toBe(24);
});

test('leaves what fails to its caller at once', async () => {
  await expect(readAgain(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
});
