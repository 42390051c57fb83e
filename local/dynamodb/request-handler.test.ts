import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { toRequestHandler } from './request-handler.ts';

test('whoever asks again and again keeps timers waiting for a moment only', async () => {
  const { handle } = toRequestHandler({ execute: () => ({}) });
  const startedMs = performance.now();
  let firedMs: number | undefined;
  const timer = sleep(10).then(() => (firedMs = performance.now()));
  while (performance.now() - startedMs < 500) await handle({ headers: { 'x-amz-target': 'x.GetItem' }, body: '{}' });
  await timer;
  expect(firedMs! - startedMs).toBeLessThan(250);
});
