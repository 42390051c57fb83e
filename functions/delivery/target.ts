import { BlockList, isIP } from 'node:net';
import type { CheckTarget } from '../operations/context.ts';

/** Where webhooks may lead: to public addresses; to this machine, too; anywhere. */
export type Targets = 'public' | 'loopback' | 'any';

/**
 * Addresses that are not somebody's on the Internet (IANA's special-purpose registries, multicast). Apart by family: one
 * list of both takes IPv4 addresses for IPv6 addresses that they are mapped to, and finds them among those.
 */
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  special.ipv4.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  // All but global unicast, 2000::/3.
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  // Protocol assignments and Teredo, documentation, 6to4: these reach special IPv4 addresses or nobody.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  special.ipv6.addSubnet(network, prefix, 'ipv6');

const loopback = { ipv4: new BlockList(), ipv6: new BlockList() };
loopback.ipv4.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.ipv6.addAddress('::1', 'ipv6');

/** Whether requests may be sent to an IP address. */
export function isAllowedAddress(address: string, targets: Targets): boolean {
  if (targets === 'any') return true;
  // Only link-local addresses have a zone, and BlockList takes none.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  if (!special[family].check(address, family)) return true;
  return targets === 'loopback' && loopback[family].check(address, family);
}

/**
 * Tells early what is certain to be refused later. A name is resolved only when something is sent, each time anew, since
 * it may lead elsewhere by then.
 */
export function toTargetCheck(targets: Targets): CheckTarget {
  return (text) => {
    const { protocol, hostname } = new URL(text);
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(address) !== 0 && !isAllowedAddress(address, targets)) return 'Not a public address';
    if (protocol === 'https:' || targets === 'any') return undefined;
    const isLoopback = address === 'localhost' || (isIP(address) !== 0 && !isAllowedAddress(address, 'public'));
    return targets === 'loopback' && isLoopback ? undefined : 'Expected https';
  };
}
