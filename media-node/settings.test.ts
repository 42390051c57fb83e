import { localAddresses } from '@muon/service/addresses.ts';
import { readSettings } from '@muon/service/settings.ts';
import { expect, test } from 'vitest';
import { nodeAddress, nodeSettings } from './settings.ts';

const read = (env: Record<string, string>) =>
  readSettings(nodeSettings, { MUON_INTERNAL_SECRET: 's'.repeat(32), ...env });

test.each([
  [{}, 'ws://localhost:7000/ws', 'ws://127.0.0.1:7000/link'],
  [{ MUON_HOST: '::1' }, 'ws://[::1]:7000/ws', 'ws://[::1]:7000/link'],
  [
    { MUON_HOST: '::', MUON_PUBLIC_IP: '2001:db8::1, 192.0.2.1' },
    'ws://[2001:db8::1]:7000/ws',
    'ws://127.0.0.1:7000/link',
  ],
  [{ MUON_HOST: '0.0.0.0', MUON_PUBLIC_IP: '192.0.2.1' }, 'ws://192.0.2.1:7000/ws', 'ws://127.0.0.1:7000/link'],
  [{ MUON_NODE_URL: 'wss://media.example.com/ws' }, 'wss://media.example.com/ws', 'ws://127.0.0.1:7000/link'],
])('with %o clients are told %s, gateways %s', (env, url, linkUrl) => {
  expect(nodeAddress(read(env))).toMatchObject({ url, linkUrl });
});

test('a node on all addresses tells clients one at which it is reached from outside', () => {
  const [address] = localAddresses('0.0.0.0');
  const host = address === '127.0.0.1' ? 'localhost' : address;
  expect(nodeAddress(read({ MUON_HOST: '0.0.0.0' })).url).toBe(`ws://${host}:7000/ws`);
});

test('public addresses are addresses, not names', () => {
  expect(read({ MUON_PUBLIC_IP: '192.0.2.1,2001:db8::1' }).MUON_PUBLIC_IP).toEqual(['192.0.2.1', '2001:db8::1']);
  expect(() => read({ MUON_PUBLIC_IP: 'example.com' })).toThrow(/MUON_PUBLIC_IP/);
});
