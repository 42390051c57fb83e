import { expect, test } from 'vitest';
import { extensionsLength, visitExtensions, writeExtensions } from './header-extension.ts';
import { rtpPacket } from './packet.fixture.ts';
import { RtpPacket } from './packet.ts';
import { transportSequenceOffset, withTransportSequence } from './transport-sequence.ts';

/** What a receiver finds under each id. */
function elements(packet: Uint8Array): [number, number[]][] {
  const found: [number, number[]][] = [];
  visitExtensions(packet, (id, offset, length) => found.push([id, [...packet.subarray(offset, offset + length)]]));
  return found;
}

test.each([0, 2])('a packet with %i contributors gets room for the number, and keeps all else', (contributors) => {
  const plain = rtpPacket({ seq: 7, timestamp: 8, marker: true }, [...Array(4 * contributors).keys(), 1, 2, 3]).bytes;
  plain[0]! |= contributors;
  const packet = RtpPacket.parse(plain);
  const roomy = withTransportSequence(packet, 3);
  expect(roomy).toMatchObject({ seq: 7, timestamp: 8, marker: true });
  expect([...roomy.payload]).toEqual([1, 2, 3]);
  const at = transportSequenceOffset(roomy.bytes, 3)!;
  roomy.bytes.set([0xab, 0xcd], at);
  expect(elements(roomy.bytes)).toEqual([[3, [0xab, 0xcd]]]);
  expect(transportSequenceOffset(roomy.bytes, 4)).toBeUndefined();
  expect(withTransportSequence(roomy, 3)).toBe(roomy);
});

test('room is found where it is the first element, in both forms of header extensions', () => {
  const room = { id: 3, data: new Uint8Array(2) };
  const other = { id: 4, data: Uint8Array.of(9) };
  const oneByte = (list: (typeof room)[]): Uint8Array => {
    const bytes = new Uint8Array(12 + extensionsLength(list));
    bytes[0] = 0x90;
    writeExtensions(bytes, 12, list);
    return bytes;
  };
  expect(transportSequenceOffset(oneByte([room, other]), 3)).toBe(17);
  expect(transportSequenceOffset(oneByte([other, room]), 3)).toBeUndefined();
  const twoByte = [0x90, ...Array<number>(11).fill(0), 0x10, 0, 0, 2, 3, 2, 0, 0, 4, 1, 9, 0];
  expect(transportSequenceOffset(Uint8Array.from(twoByte), 3)).toBe(18);
  expect(transportSequenceOffset(rtpPacket().bytes, 3)).toBeUndefined();
});
