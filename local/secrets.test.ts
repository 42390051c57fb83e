import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { keepSecrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'muon-secrets-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('secrets are made once, kept, and readable by their owner alone', () => {
  const first = keepSecrets(folder, undefined);
  expect(first.firstStart).toBe(true);
  expect(first.secrets.apiKey).toMatch(/^mk_[a-z0-9]{26}_[A-Za-z0-9_-]{43}$/);
  expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
  expect(keepSecrets(folder, undefined)).toEqual({ secrets: first.secrets, firstStart: false });
});

test('an API key that is given replaces the kept one, and nothing else', () => {
  const { secrets } = keepSecrets(folder, undefined);
  const apiKey = `mk_given000_${'x'.repeat(32)}`;
  expect(keepSecrets(folder, apiKey).secrets).toEqual({ ...secrets, apiKey });
});
