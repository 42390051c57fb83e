import { expect, test } from 'vitest';
import { OutboundCalls } from './outbound-calls.ts';

test('each call out is told to have failed, until it is no longer wanted', () => {
  const calls = new OutboundCalls();
  expect(calls.apply([{ id: 'ca_1' }])).toBe(true);
  expect(calls.apply([{ id: 'ca_1' }])).toBe(false);
  expect(calls.statuses).toEqual([{ id: 'ca_1', status: 'failed', reason: 'This gateway cannot dial out.' }]);
  expect(calls.apply([])).toBe(false);
  expect(calls.statuses).toEqual([]);
});
