import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SubscriptionState } from '@muon/contract/subscription.ts';
import type { Track } from '../track.ts';
import { activeLayer, audioLevels, parseApiMessage } from './api-channel.ts';

const low = { spatial: 0 };

test.each([
  ['{"streamId":"s","video":"none","audio":true}', { paused: true }, { paused: false }],
  ['{"streamId":"s","video":"high","audio":false}', { paused: false, maxLayer: null }, { paused: true }],
  ['{"streamId":"s","video":"low","framerate":"high"}', { paused: false, maxLayer: low }, undefined],
  ['{"streamId":"s","video":"high","framerate":"low"}', { paused: false, maxLayer: { spatial: 2, temporal: 0 } }],
  ['{"streamId":"s","video":"medium","framerate":"medium"}', { paused: false, maxLayer: { spatial: 1, temporal: 1 } }],
  ['{"streamId":"s","audio":false}', undefined, { paused: true }],
  ['{"streamId":"s","video":""}', undefined, undefined],
])('the message %s is read as %j of video and %j of audio', (text, video, audio?: object) => {
  expect(parseApiMessage(text)).toEqual({ streamId: 's', video, audio });
  expect(parseApiMessage(Buffer.from(text))).toEqual({ streamId: 's', video, audio });
});

test.each([
  ['{"streamId":"s","layers":["low"]}', undefined],
  ['{"video":"none"}', 'malformed'],
  ['{"streamId":"s","video":"huge"}', 'malformed'],
  ['not JSON', 'malformed'],
])('the message %s is %j', (text, read) => {
  expect(parseApiMessage(text)).toBe(read);
});

test('speakers are told by their streams, each once, loudest first', () => {
  const tracks = [
    { identity: 'ada', kind: 'audio', streamId: 'a' },
    { identity: 'bob', kind: 'video', streamId: 'v' },
    { identity: 'bob', kind: 'audio', streamId: 'b' },
    { identity: 'bob', kind: 'audio', streamId: 'b' },
  ] as Track[];
  expect(JSON.parse(audioLevels([{ identity: 'bob' }, { identity: 'ada' }], { tracks }))).toEqual({
    method: 'audioLevels',
    params: ['b', 'a'],
  });
});

test('the layer that is sent is told with those that there are, and a pause as none', () => {
  const layers = () => [0, 1, 2].map((spatial) => ({ spatial, temporal: 0, bitrateBps: 0 }));
  const track = { kind: 'video', streamId: 's', layers } as const;
  const read = (state: object) => activeLayer({ trackId: 'tk_1', ...state } as SubscriptionState, track);
  const availableLayers = ['low', 'medium', 'high'];
  expect(JSON.parse(read({ state: 'active', spatial: 1, temporal: 0 })!)).toEqual({
    method: 'activeLayer',
    params: { streamId: 's', activeLayer: 'medium', availableLayers },
  });
  expect(JSON.parse(read({ state: 'paused', reason: 'bandwidth' })!)).toMatchObject({
    params: { activeLayer: 'none' },
  });
  expect(read({ state: 'active' })).toBeUndefined();
});

test('whatever comes over the API channel is read or malformed', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), (data) => {
      expect(() => parseApiMessage(data)).not.toThrow();
    }),
  );
});
