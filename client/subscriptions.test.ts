import { expect, test } from 'vitest';
import { Subscriptions } from './subscriptions.ts';

function open() {
  const asked: [string, unknown][] = [];
  const subscriptions = new Subscriptions((method, params) => {
    asked.push([method, params]);
    return Promise.resolve(null);
  });
  return { subscriptions, asked };
}

test('what was asked for is asked of the next connection, as far as it is still there', async () => {
  const { subscriptions, asked } = open();
  await subscriptions.subscribe(['tk_1', 'tk_2', 'tk_3']);
  await subscriptions.set('tk_1', { priority: 'high' });
  await subscriptions.set('tk_1', { paused: true });
  await subscriptions.set('tk_2', { paused: true });
  await subscriptions.unsubscribe(['tk_3']);
  asked.length = 0;
  await subscriptions.restore(new Set(['tk_1', 'tk_3']));
  expect(asked).toEqual([
    ['unsubscribe', { trackIds: ['tk_3'] }],
    ['subscribe', { trackIds: ['tk_1'] }],
    ['setSubscription', { trackId: 'tk_1', priority: 'high', paused: true }],
  ]);
});

test('how a track is sent is as the node told last, until the track is gone', async () => {
  const { subscriptions } = open();
  subscriptions.changed({ trackId: 'tk_1', state: 'active', spatial: 1 });
  subscriptions.changed({ trackId: 'tk_1', state: 'paused', reason: 'bandwidth' });
  expect(subscriptions.state('tk_1')).toEqual({ trackId: 'tk_1', state: 'paused', reason: 'bandwidth' });
  await subscriptions.restore(new Set());
  expect(subscriptions.state('tk_1')).toBeUndefined();
});
