import { expect, test } from 'vitest';
import { toTurnConfig } from './turnserver.ts';

test('coturn relays UDP alone, and into no network of ours', () => {
  const text = toTurnConfig({
    bind: '0.0.0.0',
    publicIp: '192.0.2.1',
    privateIp: '10.0.0.1',
    realm: 'media.example.com',
    secret: 'secret',
    portOffset: 0,
  });
  const lines = text.split('\n');
  expect(lines).toContain('no-tcp-relay');
  expect(lines).toContain('denied-peer-ip=10.0.0.0-10.255.255.255');
  expect(lines).toContain('denied-peer-ip=169.254.0.0-169.254.255.255');
});
