import { BlockList, isIP } from 'node:net';
import * as z from 'zod';

/** A setting that lists addresses and networks (`10.0.0.0/8`), separated by commas; empty unless it is set. */
export const addressList = z
  .string()
  .default('')
  .transform((list) => list.split(/[\s,]+/).filter((entry) => entry !== ''))
  .refine((entries) => entries.every(isAddressOrNetwork), 'not a list of addresses and networks');

/** What an {@link addressList} names, to ask whether an address is among it. */
export function toBlockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

function isAddressOrNetwork(entry: string): boolean {
  const [address = '', bits, more] = entry.split('/');
  const longest = { 4: 32, 6: 128 }[isIP(address)];
  return (
    longest !== undefined && more === undefined && (bits === undefined || (/^\d+$/.test(bits) && +bits <= longest))
  );
}
