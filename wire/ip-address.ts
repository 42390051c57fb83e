import { ProtocolError } from './protocol-error.ts';

/** The 4 or 16 bytes of a numeric address; IPv4 mapped into IPv6 (`::ffff:192.0.2.1`) gives 4. */
export function ipToBytes(address: string): Uint8Array {
  const bare = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped ?? !bare.includes(':')) return ipv4ToBytes(mapped ?? bare);
  const [head = '', tail] = bare.split('::');
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = 8 - front.length - back.length;
  if (tail === undefined ? zeros !== 0 : zeros < 1) throw new ProtocolError('not an IPv6 address');
  const bytes = new Uint8Array(16);
  [...front, ...Array<number>(zeros).fill(0), ...back].forEach((group, i) => {
    bytes[2 * i] = group >>> 8;
    bytes[2 * i + 1] = group;
  });
  return bytes;
}

function ipv4ToBytes(address: string): Uint8Array {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) {
    throw new ProtocolError('not an IPv4 address');
  }
  return Uint8Array.from(parts);
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').map((group) => {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) throw new ProtocolError('not an IPv6 address');
    return Number.parseInt(group, 16);
  });
}
