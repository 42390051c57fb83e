import { expect, test } from 'vitest';
import { Repeater, TRANSACTION_MS } from './repeater.ts';

/** When a message is sent that nobody acknowledges before `stopMs`. */
function sendTimes(stopMs: number): number[] {
  const repeater = new Repeater();
  const times: number[] = [];
  let nowMs = 0;
  repeater.start('key', () => times.push(nowMs), nowMs);
  for (; nowMs <= TRANSACTION_MS + 1000; nowMs += 100) {
    if (nowMs === stopMs) repeater.stop('key');
    repeater.poll(nowMs);
  }
  expect(repeater.size).toBe(0);
  return times;
}

test('a message is sent again in growing intervals, and given up in the end', () => {
  expect(sendTimes(Infinity)).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
});

test('a message that arrived is not sent again', () => {
  expect(sendTimes(1000)).toEqual([0, 500]);
});
