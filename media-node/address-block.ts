import { isIPv6 } from 'node:net';
import { ipToBytes } from '@muon/wire/ip-address.ts';

/** What a network gives one customer (RFC 6177): whoever has one address of it has all. */
const IPV6_PREFIX_BYTES = 8;

/** By what limits on one address are counted: an IPv4 address itself, the /64 of an IPv6 address. */
export function addressBlock(address: string): string {
  if (!isIPv6(address)) return address;
  const bytes = ipToBytes(address);
  if (bytes.length === 4) return bytes.join('.');
  return Buffer.from(bytes.subarray(0, IPV6_PREFIX_BYTES)).toString('hex');
}
