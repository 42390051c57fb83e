import { networkInterfaces } from 'node:os';
import { isIPv6 } from 'node:net';

/** The addresses at which a socket bound to `host` is reached from outside: of all interfaces when it is bound to all. */
export function localAddresses(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const family = isIPv6(host) ? 'IPv6' : 'IPv4';
  const reachable = all.filter((address) => address.family === family && !address.internal);
  return reachable.length > 0 ? reachable.map(({ address }) => address) : [isIPv6(host) ? '::1' : '127.0.0.1'];
}
