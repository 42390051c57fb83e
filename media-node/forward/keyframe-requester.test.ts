import { expect, test } from 'vitest';
import { KeyframeRequester } from './keyframe-requester.ts';

test('many wishes become one request, repeated until the keyframe comes', () => {
  const requester = new KeyframeRequester();
  expect(requester.poll(0)).toBe(false);
  for (let i = 0; i < 100; i++) requester.want();
  const requestsMs = Array.from({ length: 150 }, (_, i) => i * 10).filter((nowMs) => requester.poll(nowMs));
  expect(requestsMs).toEqual([0, 500, 1000]);
  requester.arrived();
  expect(requester.poll(2000)).toBe(false);
  expect(requester.deadlineMs).toBe(Infinity);
});

test('a wish right after a keyframe still keeps the distance to the last request', () => {
  const requester = new KeyframeRequester();
  requester.want();
  requester.poll(0);
  requester.arrived();
  requester.want();
  expect(requester.poll(100)).toBe(false);
  expect(requester.poll(500)).toBe(true);
});
