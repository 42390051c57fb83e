import { describe, expect, test } from 'vitest';
import { MuonError } from './errors.ts';
import { retry, retryDelayMs, worthRetrying } from './reconnect.ts';

test('the first attempt is made at once, the next ones ever later up to a bound', () => {
  const delays = [0, 1, 2, 3, 4, 5, 50].map((attempt) => retryDelayMs(attempt, 0, 1));
  expect(delays).toEqual([0, 300, 600, 1200, 2000, 2000, 2000]);
});

test('chance spreads attempts over half of the wait', () => {
  expect(retryDelayMs(3, 0, 0)).toBe(600);
});

test('seven attempts fit into ten seconds', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6].map((attempt) => retryDelayMs(attempt, 0, 1) ?? Infinity);
  expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThan(10_000);
});

test('after two minutes it gives up', () => {
  expect(retryDelayMs(40, 119_999, 0)).toBeDefined();
  expect(retryDelayMs(40, 120_000, 0)).toBeUndefined();
});

test('only what may pass is tried again', () => {
  expect(worthRetrying(new MuonError('no-node-available', ''))).toBe(true);
  expect(worthRetrying(new MuonError('unreachable', ''))).toBe(true);
  expect(worthRetrying(new Error('anything'))).toBe(true);
  expect(worthRetrying(new MuonError('token-expired', ''))).toBe(false);
  expect(worthRetrying(new MuonError('replaced', ''))).toBe(false);
});

describe('attempts', () => {
  const unreachable = new MuonError('unreachable', '');
  const running = { failure: unreachable, ended: () => false };

  test('are made until one succeeds', async () => {
    let attempts = 0;
    const attempt = async (): Promise<number> => {
      attempts += 1;
      if (attempts < 3) throw unreachable;
      return attempts;
    };
    await expect(retry(attempt, running)).resolves.toBe(3);
  });

  test('end with what another would only meet again', async () => {
    const expired = new MuonError('token-expired', '');
    await expect(retry(() => Promise.reject(expired), running)).rejects.toBe(expired);
    const never = (): Promise<never> => Promise.reject(new Error('it was tried'));
    await expect(retry(never, { ...running, failure: expired })).rejects.toBe(expired);
  });

  test('are no more made when nobody waits', async () => {
    let ended = false;
    const attempt = async (): Promise<never> => {
      ended = true;
      throw unreachable;
    };
    await expect(retry(attempt, { ...running, ended: () => ended })).resolves.toBeUndefined();
  });
});
