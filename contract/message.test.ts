import { expect, test } from 'vitest';
import { MAX_MESSAGE_BYTES, messageBytes, ownerMessage } from './message.ts';

const read = (data: string, encoding: 'text' | 'base64' = 'base64') =>
  ownerMessage.safeParse({ topic: 'chat', data, encoding });

test.each([
  ['', 0],
  ['AA==', 1],
  ['AAA=', 2],
  ['AAAA', 3],
  ['+/+/AA==', 4],
])('%j carries %i bytes', (data, sizeBytes) => {
  expect(messageBytes(read(data).data!)).toBe(sizeBytes);
});

test('the largest message fits, and one byte more is counted', () => {
  const encoded = (sizeBytes: number) => Buffer.alloc(sizeBytes).toString('base64');
  for (const sizeBytes of [MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES + 1])
    expect(messageBytes(read(encoded(sizeBytes)).data!)).toBe(sizeBytes);
});

test.each(['A', 'AA', 'AAA', 'A===', '====', 'AA=A', 'AA==AAAA', 'AA-_', 'AA A', 'AAA\n'])(
  '%j is not base64',
  (data) => {
    expect(read(data).error?.issues).toMatchObject([{ path: ['data'], message: 'Not base64' }]);
  },
);

test('text may be anything', () => {
  expect(messageBytes(read('A===é', 'text').data!)).toBe(6);
});

test('nothing but padding costs no time', () => {
  const data = `${'='.repeat(87_379)}x`;
  const startMs = performance.now();
  expect(read(data).success).toBe(false);
  messageBytes({ data, encoding: 'base64' });
  // Generous, and far from the seconds of a pattern that is tried from each of its characters.
  expect(performance.now() - startMs).toBeLessThan(500);
});
