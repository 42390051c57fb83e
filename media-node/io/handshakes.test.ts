import { expect, test } from 'vitest';
import { Handshakes, TooManyHandshakesError } from './handshakes.ts';
import type { RemoteAddress } from './remote-address.ts';

interface Party {
  clientAddress: RemoteAddress | undefined;
}

const party = (): Party => ({ clientAddress: undefined });
const at = (address: string, port = 1): RemoteAddress => ({ address, port });

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as TooManyHandshakesError).code;
  }
}

test('one address asks for half of them, and all other addresses for the rest', () => {
  const handshakes = new Handshakes({});
  for (let i = 0; i < 250; i++) handshakes.begin('192.0.2.1', party);
  expect(codeOf(() => handshakes.begin('192.0.2.1', party))).toBe('too-many-handshakes');
  for (let i = 0; i < 250; i++) handshakes.begin(`198.51.100.${i}`, party);
  expect(codeOf(() => handshakes.begin('203.0.113.1', party))).toBe('no-node-available');
});

test('all of an IPv6 network are one address', () => {
  const handshakes = new Handshakes({ maxOfAddress: 2 });
  for (let i = 0; i < 2; i++) handshakes.begin(`2001:db8::${i}`, party);
  expect(codeOf(() => handshakes.begin('2001:db8::9', party))).toBe('too-many-handshakes');
  expect(codeOf(() => handshakes.begin('2001:db8:0:1::9', party))).toBeUndefined();
});

test('one that has ended makes room for another', () => {
  const handshakes = new Handshakes({ max: 2, maxOfAddress: 1 });
  const first = handshakes.begin('192.0.2.1', party);
  handshakes.end(first);
  handshakes.end(first);
  handshakes.begin('192.0.2.1', party);
  expect(codeOf(() => handshakes.begin('192.0.2.1', party))).toBe('too-many-handshakes');
});

test('so many shake hands from one address, whoever asked for them; connections that are up may go there', () => {
  const handshakes = new Handshakes({ maxOfAddress: 2 });
  const [first, second, third, up] = [1, 2, 3, 4].map((i) => handshakes.begin(`198.51.100.${i}`, party));
  handshakes.end(up!);
  for (const connection of [first!, second!]) {
    expect(handshakes.mayBeAt(connection, at('192.0.2.1'))).toBe(true);
    connection.clientAddress = at('192.0.2.1');
  }
  expect(handshakes.mayBeAt(third!, at('192.0.2.1', 7))).toBe(false);
  expect(handshakes.mayBeAt(first!, at('192.0.2.1', 7))).toBe(true);
  expect(handshakes.mayBeAt(third!, at('192.0.2.2'))).toBe(true);
  expect(handshakes.mayBeAt(up!, at('192.0.2.1'))).toBe(true);
  handshakes.end(first!);
  expect(handshakes.mayBeAt(third!, at('192.0.2.1', 7))).toBe(true);
});
