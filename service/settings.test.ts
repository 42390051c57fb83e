import { describe, expect, test } from 'vitest';
import { readSettings, serviceSettings } from './settings.ts';

const secret = 's'.repeat(32);

describe('settings', () => {
  test('have defaults, and numbers come as numbers', () => {
    const settings = readSettings(serviceSettings, { MUON_INTERNAL_SECRET: secret, MUON_PORT_OFFSET: '100' });
    expect(settings).toMatchObject({ MUON_HOST: '127.0.0.1', MUON_PORT_OFFSET: 100, MUON_REGION: 'local' });
  });

  test('name what is missing and what is bad, without its value', () => {
    const read = () => readSettings(serviceSettings, { MUON_PORT_OFFSET: 'leaky' });
    expect(read).toThrow(/MUON_INTERNAL_SECRET is not set/);
    expect(read).toThrow(/MUON_PORT_OFFSET: /);
    expect(read).not.toThrow(/leaky/);
  });
});
