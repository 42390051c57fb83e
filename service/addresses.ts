import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Addresses that are all of a machine: of IPv4, and of both families. */
const wildcards = new Set(['0.0.0.0', '::']);

/**
 * The addresses at which a socket bound to `host` is reached from outside; of all interfaces when it is bound to all, of
 * IPv4 first. A machine without any is reached by itself alone.
 */
export function localAddresses(host: string): string[] {
  if (!wildcards.has(host)) return [host];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !isLinkLocal(address));
  const of = (family: 'IPv4' | 'IPv6'): string[] =>
    outside.filter((address) => address.family === family).map(({ address }) => address);
  const reachable = host === '::' ? [...of('IPv4'), ...of('IPv6')] : of('IPv4');
  return reachable.length > 0 ? reachable : ['127.0.0.1'];
}

/** Where processes of this machine reach one that listens on `host`. */
export function dialHost(host: string): string {
  return wildcards.has(host) ? '127.0.0.1' : host;
}

/** An address as it stands in a URL. */
export function urlHost(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/** What serves IPv4 alone listens on, where all else listens on `host`. */
export function ipv4Host(host: string): string {
  return { '::': '0.0.0.0', '::1': '127.0.0.1' }[host] ?? host;
}

/** Of no use without the interface, which differs from machine to machine (RFC 4007). */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address) || address.startsWith('169.254.');
}
