import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { ClientAddresses } from './client-addresses.ts';

const addresses = new ClientAddresses(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']);

test.each([
  ['of nobody in between', '192.0.2.1', undefined, '192.0.2.1'],
  ['of a stranger who claims to be somebody else', '192.0.2.1', '198.51.100.7', '192.0.2.1'],
  ['of a proxy', '127.0.0.1', '198.51.100.7', '198.51.100.7'],
  ['of a proxy that listens on IPv6', '::ffff:127.0.0.1', '198.51.100.7', '198.51.100.7'],
  ['of a proxy behind another', '10.1.1.1', '198.51.100.7, 2001:db8::9', '198.51.100.7'],
  ['of a proxy that repeats what a client claims', '127.0.0.1', '192.0.2.9, 198.51.100.7', '198.51.100.7'],
  ['of a proxy that says nothing', '127.0.0.1', undefined, '127.0.0.1'],
  ['of a proxy that says what is no address', '127.0.0.1', 'unknown', '127.0.0.1'],
  ['of a client that has gone', undefined, '198.51.100.7', ''],
])('the address %s', (_, remoteAddress, forwarded, expected) => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  expect(addresses.of({ headers, socket: { remoteAddress } } as unknown as IncomingMessage)).toBe(expected);
});
