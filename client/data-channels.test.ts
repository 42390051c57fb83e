import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { toBase64, toReceived } from './data-channels.ts';

test.each([0, 1, 2, 3, 65_536])('%i bytes are the same after their way', (size) => {
  const bytes = Uint8Array.from(randomBytes(size));
  const data = toBase64(bytes);
  expect(data).toBe(Buffer.from(bytes).toString('base64'));
  expect(toReceived({ from: 'ada', topic: 'blob', data, encoding: 'base64' })).toEqual({
    from: 'ada',
    topic: 'blob',
    data: bytes,
  });
});
