import { expect, test } from 'vitest';
import { addressBlock } from './address-block.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0:ffff::'],
  ['fe80::1%eth0', 'fe80::2'],
  ['', ''],
])('%s is counted with %s', (address, other) => {
  expect(addressBlock(address)).toBe(addressBlock(other));
});

test('other IPv4 addresses and other networks of IPv6 are counted apart', () => {
  const blocks = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:0:1::1'].map((address) => addressBlock(address));
  expect(new Set(blocks).size).toBe(4);
});
