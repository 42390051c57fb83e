import { isIPv4, isIPv6 } from 'node:net';
import { expect, test } from 'vitest';
import { dialHost, ipv4Host, localAddresses, urlHost } from './addresses.ts';

test('one address is reached at itself', () => {
  expect(localAddresses('192.0.2.7')).toEqual(['192.0.2.7']);
  expect(localAddresses('::1')).toEqual(['::1']);
  expect(dialHost('192.0.2.7')).toBe('192.0.2.7');
});

test('all of IPv4 are reached by IPv4, all of both by IPv4 first', () => {
  expect(localAddresses('0.0.0.0').every(isIPv4)).toBe(true);
  const both = localAddresses('::');
  expect(both.length).toBeGreaterThan(0);
  expect(both.every((address) => !/^(?:fe80|127\.|::1)/.test(address) || both.length === 1)).toBe(true);
  const firstIpv6 = both.findIndex(isIPv6);
  expect(both.slice(firstIpv6 === -1 ? both.length : firstIpv6).every(isIPv6)).toBe(true);
  for (const host of ['0.0.0.0', '::']) expect(dialHost(host)).toBe('127.0.0.1');
});

test('an IPv6 address stands in brackets in a URL', () => {
  expect(urlHost('2001:db8::1')).toBe('[2001:db8::1]');
  expect(urlHost('192.0.2.7')).toBe('192.0.2.7');
  expect(urlHost('media.example.com')).toBe('media.example.com');
});

test('what serves IPv4 alone has the same reach', () => {
  expect(['::', '::1', '0.0.0.0', '192.0.2.7'].map(ipv4Host)).toEqual(['0.0.0.0', '127.0.0.1', '0.0.0.0', '192.0.2.7']);
});
