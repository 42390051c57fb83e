import { readSettings } from '@muon/service/settings.ts';
import { describe, expect, test } from 'vitest';
import { sipAddresses, sipSettings } from './settings.ts';

const secret = { MUON_INTERNAL_SECRET: 's'.repeat(32) };
const read = (env: Record<string, string>) => readSettings(sipSettings, { ...secret, ...env });

describe('the settings of the SIP gateway', () => {
  test('name the port in the address only when it is not the usual one', () => {
    expect(sipAddresses(read({})).dialAddress).toBe('127.0.0.1');
    expect(sipAddresses(read({ MUON_PORT_OFFSET: '500' }))).toMatchObject({
      dialAddress: '127.0.0.1:5560',
      statusPort: 7560,
      rtpFirstPort: 20_500,
    });
  });

  test('tell phones the public address', () => {
    const addresses = sipAddresses(read({ MUON_HOST: '0.0.0.0', MUON_PUBLIC_IP: '203.0.113.1' }));
    expect(addresses).toMatchObject({ advertisedAddress: '203.0.113.1', dialAddress: '203.0.113.1' });
    expect(sipAddresses(read({ MUON_HOST: '0.0.0.0' })).advertisedAddress).not.toBe('0.0.0.0');
  });

  test('take networks that may call, and nothing else', () => {
    expect(
      read({ MUON_SIP_ALLOWED_SOURCES: '10.0.0.0/8, 2001:db8::/32 192.0.2.1' }).MUON_SIP_ALLOWED_SOURCES,
    ).toHaveLength(3);
    for (const list of ['example.com', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/x']) {
      expect(() => read({ MUON_SIP_ALLOWED_SOURCES: list })).toThrow(/MUON_SIP_ALLOWED_SOURCES/);
    }
  });
});
