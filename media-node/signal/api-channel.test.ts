import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseApiMessage } from './api-channel.ts';

test.each([
  ['{"streamId":"s","video":"none","audio":true}', { streamId: 's', video: false, audio: true }],
  ['{"streamId":"s","video":"high","audio":false}', { streamId: 's', video: true, audio: false }],
  ['{"streamId":"s","video":"low","framerate":"high"}', { streamId: 's', video: true, audio: undefined }],
  ['{"streamId":"s","audio":false}', { streamId: 's', video: undefined, audio: false }],
  ['{"streamId":"s","layers":["low"]}', undefined],
  ['{"video":"none"}', 'malformed'],
  ['{"streamId":"s","video":"huge"}', 'malformed'],
  ['not JSON', 'malformed'],
])('the message %s is read as %j', (text, wish) => {
  expect(parseApiMessage(text)).toEqual(wish);
  expect(parseApiMessage(Buffer.from(text))).toEqual(wish);
});

test('whatever comes over the API channel is read or malformed', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), (data) => {
      expect(() => parseApiMessage(data)).not.toThrow();
    }),
  );
});
