import { expect, test } from 'vitest';
import { toReadableLine } from './log-line.ts';

test('a log line is shown with its time, service, message and details', () => {
  const line = JSON.stringify({
    level: 'info',
    time: '2026-01-31T09:30:01.000Z',
    service: 'x',
    room: 'a',
    msg: 'joined',
  });
  expect(toReadableLine('media-node', line, false)).toBe('09:30:01 media-node    joined room=a');
});

test('an error is shown by its message', () => {
  const line = JSON.stringify({
    level: 'error',
    time: '2026-01-31T09:30:01.000Z',
    err: { message: 'no' },
    msg: 'failed',
  });
  expect(toReadableLine('api', line, false)).toBe('09:30:01 api           failed err="no"');
});

test('what is not JSON is shown as it is', () => {
  expect(toReadableLine('api', 'Trace: x', false)).toBe('         api           Trace: x');
});
