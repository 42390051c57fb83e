import { BlockList } from 'node:net';

/** Loopback, private (RFC 1918, RFC 4193) and link-local addresses. */
const nearby = new BlockList();
nearby.addSubnet('127.0.0.0', 8);
nearby.addSubnet('10.0.0.0', 8);
nearby.addSubnet('172.16.0.0', 12);
nearby.addSubnet('192.168.0.0', 16);
nearby.addSubnet('169.254.0.0', 16);
nearby.addAddress('::1', 'ipv6');
nearby.addSubnet('fc00::', 7, 'ipv6');
nearby.addSubnet('fe80::', 10, 'ipv6');

/** Whether an address is on this machine or in its own network. */
export function isPrivateAddress(address: string): boolean {
  return nearby.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
